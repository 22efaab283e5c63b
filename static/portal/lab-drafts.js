// Unsaved texts: kept in this browser at once, and on the server for those who are signed in.
(function (tsweb) {
  "use strict";
  const SERVER_PAUSE_MS = 2500;
  // What a page that goes away may still send.
  const KEEPALIVE_BYTES = 60_000;

  class Drafts {
    // server: address, or null for guests. known: the draft that came with the page. user: "" for guests.
    constructor({ place, user, server, known }) {
      Object.assign(this, { place, user, server });
      this.sending = Promise.resolve();
      this.found = this.newest(known);
      const leave = () => { if (document.hidden) this.flush(true); };
      document.addEventListener("visibilitychange", leave);
      window.addEventListener("pagehide", () => this.flush(true));
    }

    // Each person's drafts are her own, also in a browser that several share.
    get key() { return "tsweb-draft:" + this.user + ":" + this.place; }
    // What was typed before signing in goes on with whoever signs in.
    get guest_key() { return "tsweb-draft::" + this.place; }

    local(key) {
      try { return JSON.parse(localStorage.getItem(key)); } catch (error) { return null; }
    }

    newest(known) {
      const given = [this.local(this.key), this.local(this.guest_key), known].filter((one) => one && typeof one.text === "string" && one.text.trim());
      return given.sort((a, b) => b.at - a.at)[0] || null;
    }

    // False when nothing keeps the text: no room here, and no server that would.
    keep(text, title) {
      this.pending = { text, title };
      clearTimeout(this.timer);
      if (this.server) this.timer = setTimeout(() => this.flush(), SERVER_PAUSE_MS);
      try { localStorage.setItem(this.key, JSON.stringify({ text, title, at: Date.now() })); return true; }
      catch (error) { return Boolean(this.server); }
    }

    // What a guest typed belongs to whoever signed in and took it, and is offered to nobody after her.
    adopt() {
      if (!this.user) return;
      try { localStorage.removeItem(this.guest_key); } catch (error) { /* nothing was kept */ }
    }

    // One after the other, so that an older text never arrives behind a newer one.
    flush(leaving = false) {
      clearTimeout(this.timer);
      const waiting = this.pending;
      if (!waiting || waiting.sent || !this.server) return this.sending;
      waiting.sent = true;
      const fields = { place: this.place, config: waiting.text, title: waiting.title };
      const send = () => tsweb.post_form(this.server, fields, leaving && waiting.text.length < KEEPALIVE_BYTES / 3)
        .catch(() => { waiting.sent = false; /* it is still kept here; the next pause tries again */ });
      this.sending = leaving ? send() : this.sending.then(send);
      return this.sending;
    }

    // Nothing is on its way any more: what is saved now is not followed by an older draft.
    async settled() {
      clearTimeout(this.timer);
      await this.sending;
    }

    // After a save, or when the text is again the saved one.
    forget() {
      clearTimeout(this.timer);
      const known = this.pending || this.found;
      this.pending = null;
      this.found = null;
      try { for (const key of [this.key, this.guest_key]) localStorage.removeItem(key); } catch (error) { /* nothing was kept */ }
      if (known && this.server) this.sending = this.sending.then(() => tsweb.post_form(this.server, { place: this.place, config: "" }, true).catch(() => {}));
    }
  }
  tsweb.Drafts = Drafts;
})(window.tsweb);
