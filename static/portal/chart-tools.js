// What stands around a chart: table, full screen and export above; ranges, live switch and zone below.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;

  function icon(path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [name, value] of Object.entries({ width: 14, height: 14, viewBox: "0 0 16 16", fill: "none", stroke: "currentColor", "stroke-width": 1.5, "aria-hidden": "true" })) svg.setAttribute(name, value);
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  function every(ms) {
    const seconds = Math.round(ms / 1000);
    return seconds % 3600 === 0 ? seconds / 3600 + " h" : seconds % 60 === 0 ? seconds / 60 + " min" : seconds + " s";
  }

  Object.assign(tsweb.ChartView.prototype, {
    build_tools() {
      this.reset_button = el("button", { type: "button", class: "button quiet", hidden: true, onclick: () => this.zoom(null) }, "Reset zoom");
      this.table_button = el("button", { type: "button", class: "button quiet long", "aria-pressed": "false", title: "Show as a table (T)", onclick: () => this.toggle_table() }, "Table");
      this.metric_button = el("button", { type: "button", class: "button quiet long wide-only", "aria-haspopup": "dialog", title: "Store a series of this chart as a metric", onclick: () => this.save_metric() }, "Save as metric");
      this.full_button = el("button", { type: "button", class: "button quiet icon", "aria-label": "Full screen", title: "Full screen (F)", onclick: () => this.toggle_full() },
        icon("M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"));
      return el("div", { class: "tools" }, this.reset_button, this.table_button, this.metric_button, this.export_menu(), this.full_button);
    },

    async toggle_full() {
      try {
        if (document.fullscreenElement === this.element) await document.exitFullscreen();
        else await this.element.requestFullscreen();
      } catch (error) { this.spoken.textContent = "This browser does not offer full screen"; }
    },

    export_menu() {
      const choices = el("div", { class: "choices", hidden: true });
      const opener = el("button", { type: "button", class: "button quiet", "aria-haspopup": "true", "aria-expanded": "false", onclick: () => show(choices.hidden) }, "Export");
      const show = (open) => { choices.hidden = !open; opener.setAttribute("aria-expanded", String(open)); };
      const choice = (name, action, kind) => el("button", { type: "button", class: kind, onclick: () => { show(false); opener.focus(); action(); } }, name);
      choices.append(
        choice("PNG picture", () => tsweb.save_picture(this, "png")),
        choice("SVG picture", () => tsweb.save_picture(this, "svg")),
        choice("CSV, exact numbers", () => this.save_numbers("csv")),
        choice("JSON, exact numbers", () => this.save_numbers("json")),
        choice("Save as metric…", () => this.save_metric(), "narrow-only"),
      );
      const menu = el("div", { class: "menu" }, opener, choices);
      menu.addEventListener("focusout", (event) => { if (!menu.contains(event.relatedTarget)) show(false); });
      menu.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !choices.hidden) { event.stopPropagation(); show(false); opener.focus(); }
      });
      return menu;
    },

    // Exactly what is drawn: the series that are not hidden, in the window that is shown.
    async save_numbers(kind) {
      try {
        const exact = await this.exact_shown();
        if (kind === "csv") tsweb.save_csv(this.title, exact);
        else tsweb.save_json(this.title, { title: this.title, zone: this.zone, start: this.limits()[0], end: this.limits()[1], series: exact });
      } catch (error) { this.spoken.textContent = "The numbers could not be fetched: " + error.message; }
    },

    // --- below the chart ------------------------------------------------------------------------------------

    build_foot() {
      this.ranges = el("div", { class: "ranges", role: "group", "aria-label": "Time shown" });
      this.live = el("button", { type: "button", class: "live", hidden: true, onclick: () => this.toggle_live() });
      this.zones = el("select", { class: "zones", "aria-label": "Time zone", title: "Time zone of the labels", onchange: () => tsweb.choose_zone(this.zones.value) });
      this.foot = el("div", { class: "foot" }, this.ranges, this.live, this.zones);
      return this.foot;
    },

    show_foot() {
      if (this.compact) return;
      const configured = this.widget.zone || "UTC", here = tsweb.browser_zone();
      const names = [["configured", configured]];
      if (configured !== "UTC") names.push(["UTC", "UTC"]);
      if (here !== "UTC" && here !== configured) names.push(["browser", here + " (this browser)"]);
      const chosen = names.find(([name]) => name === tsweb.zone_choice()) || names.find(([, zone]) => zone === this.zone) || names[0];
      this.zones.replaceChildren(...names.map(([name, text]) => el("option", { value: name, selected: name === chosen[0] }, text)));
      this.zones.value = chosen[0];
      this.show_ranges();
      this.show_live();
    },

    show_ranges() {
      const home = this.home || { start_ms: this.widget.start, end_ms: this.widget.end };
      const window_ms = this.board.window_of(this);
      const spans = tsweb.spans_within(home.end_ms - home.start_ms);
      const button = (text, shown, label, action) => el("button", { type: "button", "aria-pressed": String(shown), "aria-label": label, onclick: action }, text);
      const moves = window_ms ? [button("‹", false, "Earlier", () => this.pan(-0.5)), button("›", false, "Later", () => this.pan(0.5))] : [];
      if (!spans.length && !window_ms) { this.ranges.replaceChildren(); return; }
      this.ranges.replaceChildren(...spans.map(([name, span_ms]) => {
        const shown = Boolean(window_ms) && window_ms.end_ms === home.end_ms && window_ms.end_ms - window_ms.start_ms === span_ms;
        return button(name, shown, "The last " + name + " of the interval", () => this.zoom({ start_ms: home.end_ms - span_ms, end_ms: home.end_ms }));
      }), button("All", !window_ms, "All of the interval", () => this.zoom(null)), ...moves);
    },

    zoomed(window_ms) {
      this.reset_button.hidden = !window_ms;
      if (this.compact || !this.widget) return;
      this.show_ranges();
      this.show_live();
    },

    show_live() {
      const refresh_ms = this.widget.refresh_ms;
      const held = Boolean(this.board.window_of(this));
      this.live.hidden = !refresh_ms;
      if (!refresh_ms) return;
      this.live.setAttribute("aria-pressed", String(!this.paused && !held));
      this.live.textContent = held ? "held while zoomed" : this.paused ? "paused" : "live, " + every(refresh_ms);
      this.live.title = this.paused ? "Click to follow new data" : "Asks for new data every " + every(refresh_ms) + "; click to pause";
    },

    toggle_live() {
      if (this.board.window_of(this)) { this.zoom(null); return; }
      this.paused = !this.paused;
      this.show_live();
      this.board.schedule();
      if (!this.paused) this.board.refresh();
    },
  });
})(window.tsweb);
