// Unsaved texts: kept in this browser at once, and on the server for those who are signed in.
(function (tsweb) {
  "use strict";
  const SERVER_PAUSE_MS = 2500;

  class Drafts {
    // server: address, or null for guests. known: the draft that came with the page.
    constructor({ place, server, known }) {
      Object.assign(this, { place, server });
      this.to_server = tsweb.debounce((text, title) => this.send(text, title), SERVER_PAUSE_MS);
      this.found = this.newest(known);
    }

    get key() { return "tsweb-draft:" + (this.place || "new"); }

    local() {
      try { return JSON.parse(localStorage.getItem(this.key)); } catch (error) { return null; }
    }

    newest(known) {
      const local = this.local();
      const given = [local, known].filter((one) => one && typeof one.text === "string" && one.text.trim());
      return given.sort((a, b) => b.at - a.at)[0] || null;
    }

    keep(text, title) {
      this.pending = true;
      try { localStorage.setItem(this.key, JSON.stringify({ text, title, at: Date.now() })); } catch (error) { /* full or private */ }
      if (this.server) this.to_server(text, title);
    }

    async send(text, title) {
      if (!this.pending) return;
      try { await tsweb.post_form(this.server, { place: this.place, config: text, title }); this.on_server = true; }
      catch (error) { /* it is still kept here; the next pause tries again */ }
    }

    // After a save, or when the text is again the saved one.
    forget() {
      const known = this.pending || this.found;
      this.pending = false;
      this.found = null;
      try { localStorage.removeItem(this.key); } catch (error) { /* nothing was kept */ }
      if (known && this.server) tsweb.post_form(this.server, { place: this.place, config: "" }).catch(() => {});
    }
  }
  tsweb.Drafts = Drafts;
})(window.tsweb);
