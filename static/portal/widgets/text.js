// Last values as big text, and the card of a page elsewhere.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;

  class TextPanel extends tsweb.Panel {
    build() {
      this.plot.classList.add("text-panel");
      this.items = el("div", { class: "big-texts" });
      this.plot.append(this.items);
    }

    has_content(widget) { return Boolean(widget.table && widget.table.items.some((item) => item.time !== null)); }

    draw(widget) {
      const table = widget.table;
      this.items.classList.toggle("circles", Boolean(table.circle));
      this.items.replaceChildren(...table.items.map((item) => this.item(item, table, widget.zone)));
      this.summary.textContent = table.items.map((item) => item.label + ": " + item.value + (item.unit ? " " + item.unit : "")).join(". ");
    }

    item(item, table, zone) {
      const value = tsweb.apply_look(el("span", { class: "big" }, item.value), table.circle ? { ...item.look, background: null } : item.look);
      const longest = Math.max(3, item.value.length);
      // The longer the text, the smaller; within the sizes that are set.
      const wished = Math.min(44, Math.max(18, 210 / longest));
      value.style.fontSize = Math.min(table.max_font_px || 200, Math.max(table.min_font_px || 8, wished)) + "px";
      const number = el("p", { class: "big-value" }, value, item.unit ? el("span", { class: "unit" }, item.unit) : null);
      const when = item.time === null ? "" : tsweb.time_text(item.time, zone) + " " + zone;
      const box = el("div", { class: "big-text", title: item.tooltip || when || null }, number, el("p", { class: "muted small" }, item.label));
      if (table.circle && item.look && (item.look.background || item.look.color)) box.style.setProperty("--ring", item.look.background || item.look.color);
      return box;
    }
  }

  // Nothing of another page is loaded here: the card says where it is and opens it in a tab of its own.
  class PagePanel extends tsweb.Panel {
    build() {
      this.plot.classList.add("page-panel");
      this.card = el("div", { class: "page-card" });
      this.plot.append(this.card);
    }

    has_content(widget) { return Boolean(widget.table && widget.table.address); }

    draw(widget) {
      const { address, host } = widget.table;
      this.card.replaceChildren(el("p", { class: "page-host" }, host), el("p", { class: "muted small" }, address),
        el("a", { class: "button", href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, "Open the page"));
      this.summary.textContent = "A link to " + host;
    }
  }

  tsweb.views.text = TextPanel;
  tsweb.views.page = PagePanel;
})(window.tsweb);
