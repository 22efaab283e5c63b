// What every widget that is no time chart has: a head with title, notes and tools, and a body.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  tsweb.views = tsweb.views || {};

  class Panel {
    constructor(board, { compact = false } = {}) {
      this.board = board;
      this.compact = compact;
      this.index = 0;
      this.heading = el("h2");
      this.badge = el("button", { type: "button", class: "badge", hidden: true, "aria-expanded": "false", onclick: () => this.toggle_notes() });
      this.tools = el("div", { class: "tools" });
      this.header = el("header", {}, this.heading, this.badge, this.tools);
      this.note_list = el("ul", { class: "notes", hidden: true });
      this.plot = el("div", { class: "panel" });
      this.summary = el("p", { class: "hidden-visually" });
      this.spoken = el("p", { class: "spoken", "aria-live": "polite" });
      this.element = el("section", { class: "widget panel-widget", role: "group" }, this.header, this.note_list, this.plot, this.spoken, this.summary);
      this.build();
    }

    build() {}
    draw() {}
    rethemed() {}
    width_px() { return this.plot.clientWidth ? Math.max(120, Math.round(this.plot.clientWidth)) : 0; }

    async show(widget) {
      this.widget = widget;
      this.title = widget.title || "";
      this.heading.textContent = this.title;
      this.element.setAttribute("aria-label", this.title || widget.type);
      this.element.classList.add("is-" + widget.type);
      const notes = widget.notes || [];
      const absent = notes.find((note) => ["no-samples", "no-series", "no-rows", "no-right", "bad-address"].includes(note.code));
      this.show_notes(notes.filter((note) => note !== absent));
      if (this.nothing) { this.nothing.remove(); this.nothing = null; }
      const empty = Boolean(absent) && !this.has_content(widget);
      for (const child of this.plot.children) child.hidden = empty;
      this.tools.hidden = empty || this.compact;
      this.element.classList.toggle("bare", empty);
      if (empty) {
        this.nothing = el("div", { class: "empty" }, el("p", {}, absent.message[0].toUpperCase() + absent.message.slice(1)));
        this.plot.append(this.nothing);
        this.summary.textContent = absent.message;
        return;
      }
      await this.draw(widget);
    }

    has_content(widget) { return Boolean(widget.figure && widget.figure.data.length); }

    show_notes(notes) {
      this.badge.hidden = !notes.length;
      if (!notes.length) { this.note_list.hidden = true; return; }
      this.badge.textContent = notes.length === 1 ? "1 note" : notes.length + " notes";
      this.note_list.replaceChildren(...notes.map((note) => el("li", {}, note.message)));
    }

    toggle_notes() {
      this.note_list.hidden = !this.note_list.hidden;
      this.badge.setAttribute("aria-expanded", String(!this.note_list.hidden));
    }

    // A menu of [name, action] behind one button.
    menu(title, entries) {
      const choices = el("div", { class: "choices", hidden: true });
      const opener = el("button", { type: "button", class: "button quiet", "aria-haspopup": "true", "aria-expanded": "false", onclick: () => open(choices.hidden) }, title);
      const open = (on) => { choices.hidden = !on; opener.setAttribute("aria-expanded", String(on)); };
      choices.append(...entries.map(([name, action]) => el("button", { type: "button", onclick: () => { open(false); action(); } }, name)));
      const box = el("div", { class: "menu" }, opener, choices);
      box.addEventListener("focusout", (event) => { if (!box.contains(event.relatedTarget)) open(false); });
      box.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !choices.hidden) { event.stopPropagation(); open(false); opener.focus(); }
      });
      return box;
    }

    dispose() { this.element.remove(); }
  }

  // Colours, weight and opacity of an alert; nothing else of a style reaches the page.
  tsweb.apply_look = function (node, look) {
    if (!look) return node;
    if (look.background) node.style.backgroundColor = look.background;
    // A colour alone keeps its hue but is as dark, or as light, as the surface asks for to be read.
    if (look.color) node.style.color = look.background ? look.color : "light-dark(oklch(from " + look.color + " min(l, 0.5) c h), oklch(from " + look.color + " max(l, 0.74) c h))";
    if (look.bold) node.style.fontWeight = "600";
    if (typeof look.opacity === "number") node.style.opacity = String(look.opacity);
    return node;
  };

  tsweb.Panel = Panel;
})(window.tsweb);
