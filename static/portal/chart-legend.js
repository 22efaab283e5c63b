// The legend table, the notes behind the badge, and the summary in words.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const FIGURES = ["last", "min", "max", "mean"], PLAIN = /%\{y:,\.\d+~r\}/;
  const HINT = "Click hides or shows; double-click, or Shift and click or Enter, shows it alone";

  const decimals_of = (value) => tsweb.is_number(value) ? (tsweb.number_text(value).split(".")[1] || "").length : 0;

  // One number of decimals for the figures of a row, so that they stand under each other: as many as they have,
  // no more than their spread makes worth reading, and one more for the mean.
  function row_texts({ last, min, max, mean }) {
    const size = max - min || Math.abs(max);
    if (!(size >= 1e-4 && Math.abs(max) < 1e15 && Math.abs(min) < 1e15)) return [last, min, max, mean].map(tsweb.number_text);
    const worth = Math.max(1, 3 - Math.floor(Math.log10(size)));
    const decimals = Math.min(worth, Math.max(...[last, min, max].map(decimals_of)));
    const text = (value, digits) => !tsweb.is_number(value) ? "–" : new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value).replace("-", "\u2212");
    return [...[last, min, max].map((value) => text(value, decimals)), text(mean, decimals_of(mean) > decimals ? decimals + 1 : decimals)];
  }

  Object.assign(tsweb.ChartView.prototype, {
    // Of all samples in the window, told by the server: drawn points are picked for their extremes.
    stats_of(trace) {
      const meta = trace.meta;
      const exact = (name) => tsweb.is_number(meta[name]) ? meta[name] : NaN;
      if (meta.samples_total !== undefined) return { last: exact("last"), min: exact("min"), max: exact("max"), mean: exact("mean"), count: meta.samples_total };
      return tsweb.summary(trace.times, trace.values, ...this.limits());
    },

    show_legend() {
      if (this.compact) return;
      const listed = this.listed();
      const units = listed.some((trace) => trace.unit);
      const rows = listed.map((trace) => {
        const stats = this.stats_of(trace);
        const swatch = el("span", { class: trace.bar ? "swatch filled" : "swatch" + (trace.dash && trace.dash !== "solid" ? " dashed" : "") });
        if (typeof trace.color === "string") swatch.style.setProperty("--of", trace.color);
        const shown = !this.hidden.has(trace.key);
        const name = el("button", { type: "button", "aria-pressed": String(shown), title: trace.label + "\n" + HINT,
          onclick: (event) => event.shiftKey ? this.isolate(trace) : this.toggle(trace), ondblclick: () => this.isolate(trace) }, swatch, el("span", {}, trace.label));
        // A format that is set says how many digits are wanted.
        const as_set = trace.template && !PLAIN.test(trace.template);
        const texts = as_set ? FIGURES.map((one) => this.value_text(trace, stats[one])) : row_texts(stats);
        const cells = FIGURES.map((one, place) => el("td", { class: one === "mean" ? "number wide" : "number", "data-of": one }, texts[place]));
        return el("tr", {}, el("td", {}, name), ...cells,
          units ? el("td", { class: "muted nowrap wide" }, trace.unit) : null);
      });
      const head = el("tr", {}, el("th", { scope: "col" }, el("span", { class: "hidden-visually" }, "Series")),
        ...["last", "min", "max"].map((name) => el("th", { class: "number", scope: "col", "data-of": name }, name)),
        el("th", { class: "number wide", scope: "col" }, "mean"), units ? el("th", { scope: "col", class: "wide" }, el("span", { class: "hidden-visually" }, "Unit")) : null);
      this.legend.replaceChildren(el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)));
    },

    toggle(trace) {
      this.touched = true;
      if (!this.hidden.delete(trace.key)) this.hidden.add(trace.key);
      this.apply_hidden();
    },

    isolate(trace) {
      this.touched = true;
      const others = this.listed().filter((one) => one.key !== trace.key);
      const alone = others.length && others.every((one) => this.hidden.has(one.key));
      this.hidden.delete(trace.key);
      for (const one of others) { if (alone) this.hidden.delete(one.key); else this.hidden.add(one.key); }
      this.apply_hidden();
    },

    apply_hidden() {
      Plotly.restyle(this.figure_box, { visible: this.traces.map((one) => !this.hidden.has(one.key)) });
      const buttons = this.legend.querySelectorAll("tbody button");
      this.listed().forEach((one, place) => buttons[place].setAttribute("aria-pressed", String(!this.hidden.has(one.key))));
      this.say_summary();
      this.place_cursor();
      if (this.table_shown) this.fill_table();
    },

    // --- notes ----------------------------------------------------------------------------------------------

    show_notes(notes) {
      this.badge.hidden = notes.length === 0;
      if (!notes.length) { this.note_list.hidden = true; this.badge.setAttribute("aria-expanded", "false"); return; }
      const thinned = notes.find((note) => note.code === "points-picked");
      const rest = notes.filter((note) => note !== thinned && note.code !== "thinned");
      const counted = rest.length === 1 ? "1 note" : rest.length + " notes";
      this.badge.textContent = thinned ? "down-sampled" + (rest.length ? " · " + counted : "") : counted;
      this.badge.title = thinned ? thinned.message : rest.map((note) => note.message).join("\n");
      const why = thinned ? el("p", { class: "muted" }, "A screen has fewer pixels than this window has samples, so each pixel column shows its first, last, " +
        "smallest and largest one. Nothing is averaged: every point drawn is a stored sample. Zoom in for all of them; the legend, the table and the exports use every sample.") : null;
      const items = thinned ? [thinned, ...rest] : rest;
      this.note_list.replaceChildren(...items.map((note) => el("li", {}, note.message, note === thinned ? why : null)));
    },

    toggle_notes() {
      this.note_list.hidden = !this.note_list.hidden;
      this.badge.setAttribute("aria-expanded", String(!this.note_list.hidden));
    },

    // --- in words -------------------------------------------------------------------------------------------

    say_summary() {
      const shown = this.visible();
      const parts = shown.slice(0, 10).map((trace) => {
        const stats = this.stats_of(trace);
        return trace.label + ": last " + this.value_text(trace, stats.last) + ", from " + this.value_text(trace, stats.min) +
          " to " + this.value_text(trace, stats.max) + (trace.unit ? " " + trace.unit : "") + ".";
      });
      const between = this.range ? " From " + this.range.map((at) => this.time_text(tsweb.utc_ms(at))).join(" to ") + " " + this.zone + "." : "";
      this.summary.textContent = (shown.length === 1 ? "1 series." : shown.length + " series.") + between + " " + parts.join(" ");
    },
  });
})(window.tsweb);
