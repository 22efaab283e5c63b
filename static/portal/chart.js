// One widget: picture, legend table, notes, table twin, keyboard. Zooming asks the board for finer data.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const ROWS_SHOWN = 1000;
  const CONFIG = {
    displayModeBar: false, displaylogo: false, responsive: false, scrollZoom: false, doubleClick: false,
    showTips: false, showLink: false, plotlyServerURL: "", sendData: false,
  };

  class ChartView {
    constructor(board, { compact = false } = {}) {
      this.board = board;
      this.compact = compact;
      this.hidden = new Set();
      this.range = null;
      this.cursor = null;
      this.table_shown = false;
      this.build();
    }

    build() {
      this.heading = el("h2");
      this.badge = el("button", { type: "button", class: "badge", hidden: true, "aria-expanded": "false",
        onclick: () => this.toggle_notes() });
      this.reset_button = el("button", { type: "button", class: "button quiet", hidden: true,
        onclick: () => this.zoom(null) }, "Reset zoom");
      this.table_button = el("button", { type: "button", class: "button quiet long", "aria-pressed": "false",
        title: "Show as a table (T)", onclick: () => this.toggle_table() }, "Table");
      this.header = el("header", {}, this.heading, this.badge,
        el("div", { class: "tools" }, this.reset_button, this.table_button, this.export_menu()));
      this.note_list = el("ul", { class: "notes", hidden: true });
      this.plot = el("div", { class: "plot" });
      this.figure_box = el("div", { style: "width:100%;height:100%" });
      this.crosshair = el("div", { class: "crosshair" });
      this.marker = el("div", { class: "point", hidden: true });
      this.plot.append(this.figure_box, this.crosshair, this.marker);
      this.legend = el("div", { class: "legend" });
      this.summary_id = "summary-" + Math.random().toString(36).slice(2);
      this.summary = el("p", { class: "hidden-visually", id: this.summary_id });
      this.spoken = el("p", { class: "spoken", "aria-live": "polite" });
      this.twin = el("div", { class: "twin", hidden: true, tabindex: "0", role: "region", "aria-label": "Table" });
      this.element = el("section", {
        class: "widget", tabindex: this.compact ? null : "0", role: "group", "aria-roledescription": "chart",
        "aria-describedby": this.summary_id,
      }, this.header, this.note_list, this.plot, this.spoken, this.legend, this.twin, this.summary);
      if (!this.compact) this.element.addEventListener("keydown", (event) => this.on_key(event));
      this.watcher = new ResizeObserver(tsweb.debounce(() => this.resize(), 60));
      this.watcher.observe(this.plot);
    }

    export_menu() {
      const choices = el("div", { class: "choices", hidden: true });
      const opener = el("button", { type: "button", class: "button quiet", "aria-haspopup": "true", "aria-expanded": "false",
        onclick: () => show(choices.hidden) }, "Export");
      const show = (open) => { choices.hidden = !open; opener.setAttribute("aria-expanded", String(open)); };
      const choice = (name, action) => el("button", { type: "button", onclick: () => { show(false); action(); } }, name);
      choices.append(
        choice("PNG picture", () => tsweb.save_picture(this, "png")),
        choice("SVG picture", () => tsweb.save_picture(this, "svg")),
        choice("CSV, exact numbers", () => this.save_csv()),
      );
      const menu = el("div", { class: "menu" }, opener, choices);
      menu.addEventListener("focusout", (event) => { if (!menu.contains(event.relatedTarget)) show(false); });
      menu.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !choices.hidden) { event.stopPropagation(); show(false); opener.focus(); }
      });
      return menu;
    }

    async save_csv() {
      try { tsweb.save_csv(this.title, await this.board.exact(this)); }
      catch (error) { this.spoken.textContent = "The numbers could not be fetched: " + error.message; }
    }

    // --- drawing ------------------------------------------------------------------------------------------

    async show(widget) {
      this.widget = widget;
      this.title = widget.title || "";
      this.zone = widget.zone || "UTC";
      this.heading.textContent = this.title;
      this.heading.hidden = !this.title;
      this.element.setAttribute("aria-label", this.title || "Chart");
      this.cursor = null;
      this.marker.hidden = true;
      const figure = widget.figure;
      if (!figure || !Array.isArray(figure.data)) return this.show_nothing("This widget is not drawn yet");
      this.traces = figure.data.map((trace, place) => this.read_trace(trace, place));
      const absent = (widget.notes || []).find((note) => note.code === "no-samples" || note.code === "no-series");
      this.show_notes((widget.notes || []).filter((note) => note !== absent));
      if (!this.traces.some((trace) => trace.values.some(tsweb.is_number))) {
        const text = absent ? absent.message : "no samples between these times";
        return this.show_nothing(text[0].toUpperCase() + text.slice(1));
      }
      if (this.nothing) { this.nothing.remove(); this.nothing = null; }
      this.figure_box.hidden = false;
      const layout = tsweb.themed_layout(figure.layout || {}, { compact: this.compact });
      if (layout.xaxis.range) this.range = layout.xaxis.range.slice();
      const config = this.compact ? { ...CONFIG, staticPlot: true } : CONFIG;
      await Plotly.react(this.figure_box, this.shown_data(), layout, config);
      this.listen();
      this.show_legend();
      this.say_summary();
      if (this.table_shown) this.fill_table();
    }

    show_nothing(message) {
      this.figure_box.hidden = true;
      this.legend.replaceChildren();
      if (this.nothing) this.nothing.remove();
      this.nothing = el("div", { class: "empty" }, el("p", {}, message));
      if (!this.compact && this.board.window) {
        this.nothing.append(el("button", { class: "button", type: "button", onclick: () => this.zoom(null) }, "Reset zoom"));
      }
      this.plot.append(this.nothing);
      this.summary.textContent = message;
      if (this.table_shown) this.fill_table();
    }

    read_trace(trace, place) {
      const meta = trace.meta || {};
      const label = meta.label || tsweb.label_text(trace.name || "Series " + (place + 1));
      const line = trace.line || {}, marker = trace.marker || {};
      return {
        label, place, unit: meta.unit || "", key: trace.uid || label + "#" + place,
        role: meta.role || "series", listed: trace.showlegend !== false && trace.hoverinfo !== "skip",
        times: Array.from(tsweb.column(trace.x), tsweb.utc_ms), values: Array.from(tsweb.column(trace.y), Number),
        color: line.color || marker.color || trace.fillcolor, dash: line.dash, bar: trace.type === "bar", meta, template: trace.hovertemplate,
        initially: trace.visible === "legendonly" || trace.visible === false,
      };
    }

    shown_data() {
      return this.widget.figure.data.map((trace, place) => {
        const read = this.traces[place];
        if (read.initially && !this.touched) this.hidden.add(read.key);
        // plotly.js reads numbers on a date axis on the browser's own clock; texts it takes as they are.
        const shown = { ...trace, x: read.times.map(tsweb.utc_text), visible: !this.hidden.has(read.key) };
        return shown;
      });
    }

    rethemed() {
      if (!this.widget || this.figure_box.hidden || !this.figure_box._fullLayout) return;
      const layout = tsweb.themed_layout(this.widget.figure.layout || {}, { compact: this.compact });
      if (this.range) layout.xaxis.range = this.range.slice();
      Plotly.react(this.figure_box, this.shown_data(), layout, this.compact ? { ...CONFIG, staticPlot: true } : CONFIG);
    }

    resize() {
      if (this.figure_box._fullLayout && this.plot.clientWidth) {
        Plotly.Plots.resize(this.figure_box);
        this.board.resized();
      }
    }

    width_px() { return Math.max(120, Math.round(this.plot.clientWidth || 600)); }

    // --- pointer ------------------------------------------------------------------------------------------

    listen() {
      if (this.listening || this.compact) return;
      this.listening = true;
      this.figure_box.on("plotly_relayout", (change) => this.on_relayout(change));
      this.figure_box.on("plotly_doubleclick", () => this.zoom(null));
      this.figure_box.on("plotly_hover", (event) => {
        if (event.points && event.points.length) this.board.point_at(this, tsweb.utc_ms(event.points[0].x));
      });
      this.figure_box.on("plotly_unhover", () => this.board.point_at(this, null));
    }

    on_relayout(change) {
      const from = change["xaxis.range[0]"] ?? (change["xaxis.range"] || [])[0];
      const to = change["xaxis.range[1]"] ?? (change["xaxis.range"] || [])[1];
      if (from === undefined || to === undefined || this.setting_range) return;
      this.zoom({ start_ms: tsweb.utc_ms(from), end_ms: tsweb.utc_ms(to) });
    }

    zoom(window_ms) {
      if (window_ms && !(window_ms.end_ms - window_ms.start_ms >= 2)) return;
      this.board.zoom(this, window_ms);
    }

    // The picture follows at once with what it has; finer data comes when it comes.
    preview_range(window_ms) {
      if (!this.figure_box._fullLayout) return;
      this.reset_button.hidden = !window_ms;
      if (!window_ms) return;
      this.range = [window_ms.start_ms, window_ms.end_ms].map(tsweb.utc_text);
      this.setting_range = true;
      Promise.resolve(Plotly.relayout(this.figure_box, { "xaxis.range": this.range.slice() }))
        .finally(() => { this.setting_range = false; });
    }

    show_crosshair(time_ms) {
      const axis = this.figure_box._fullLayout && this.figure_box._fullLayout.xaxis;
      if (time_ms === null || !axis || this.figure_box.hidden) { this.crosshair.style.display = "none"; return; }
      const at = axis.l2p(time_ms);
      const inside = at >= 0 && at <= axis._length;
      this.crosshair.style.display = inside ? "block" : "none";
      const values = this.figure_box._fullLayout.yaxis;
      Object.assign(this.crosshair.style, {
        left: axis._offset + at + "px", top: values._offset + "px", height: values._length + "px",
      });
    }

    value_text(trace, value) { return tsweb.trace_text(value, trace.template); }

    // --- legend -------------------------------------------------------------------------------------------

    listed() { return this.traces.filter((trace) => trace.listed && trace.role === "series"); }

    stats_of(trace) {
      const [from, to] = this.range ? this.range.map(tsweb.utc_ms) : [-Infinity, Infinity];
      const found = tsweb.summary(trace.times, trace.values, from, to);
      const total = trace.meta.samples_total || 0;
      // A mean of the drawn points would be the mean of peaks; without the exact one none is shown.
      if (total > trace.values.length) found.mean = trace.meta.mean === undefined ? NaN : trace.meta.mean;
      return found;
    }

    show_legend() {
      if (this.compact) return;
      const rows = this.listed().map((trace) => {
        const stats = this.stats_of(trace);
        const shown = !this.hidden.has(trace.key);
        const swatch = el("span", { class: trace.bar ? "swatch filled" : "swatch" });
        if (typeof trace.color === "string") swatch.style.background = trace.color;
        const name = el("button", { type: "button", "aria-pressed": String(shown), title: "Click hides or shows; double-click shows it alone",
          onclick: () => this.toggle(trace), ondblclick: () => this.isolate(trace) }, swatch, el("span", {}, trace.label));
        const cell = (value, wide) => el("td", { class: wide ? "number wide" : "number" }, this.value_text(trace, value));
        return el("tr", {}, el("td", {}, name), cell(stats.last), cell(stats.min), cell(stats.max), cell(stats.mean, true),
          el("td", { class: "muted nowrap" }, trace.unit));
      });
      const head = el("tr", {}, el("th", { scope: "col" }, el("span", { class: "hidden-visually" }, "Series")),
        ...["last", "min", "max"].map((name) => el("th", { class: "number", scope: "col" }, name)),
        el("th", { class: "number wide", scope: "col" }, "mean"), el("th", { scope: "col" }, el("span", { class: "hidden-visually" }, "Unit")));
      this.legend.replaceChildren(el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)));
    }

    toggle(trace) {
      this.touched = true;
      if (!this.hidden.delete(trace.key)) this.hidden.add(trace.key);
      this.apply_hidden(trace);
    }

    isolate(trace) {
      this.touched = true;
      const others = this.listed().filter((one) => one.key !== trace.key);
      const alone = others.length && others.every((one) => this.hidden.has(one.key));
      this.hidden.delete(trace.key);
      for (const one of others) { if (alone) this.hidden.delete(one.key); else this.hidden.add(one.key); }
      this.apply_hidden(trace);
    }

    apply_hidden(trace) {
      Plotly.restyle(this.figure_box, { visible: this.traces.map((one) => !this.hidden.has(one.key)) });
      const buttons = this.legend.querySelectorAll("tbody button");
      this.listed().forEach((one, place) => buttons[place].setAttribute("aria-pressed", String(!this.hidden.has(one.key))));
      this.say_summary();
      if (this.table_shown) this.fill_table();
    }

    visible() { return this.listed().filter((trace) => !this.hidden.has(trace.key)); }

    // --- notes, summary, table ------------------------------------------------------------------------------

    show_notes(notes) {
      this.badge.hidden = notes.length === 0;
      if (!notes.length) { this.note_list.hidden = true; return; }
      const thinned = notes.find((note) => note.code === "points-picked");
      const rest = notes.length - (thinned ? 1 : 0);
      const counted = rest === 1 ? "1 note" : rest + " notes";
      this.badge.textContent = thinned ? "down-sampled" + (rest ? " · " + counted : "") : counted;
      this.note_list.replaceChildren(...notes.map((note) => el("li", {}, note.message)));
    }

    toggle_notes() {
      this.note_list.hidden = !this.note_list.hidden;
      this.badge.setAttribute("aria-expanded", String(!this.note_list.hidden));
    }

    say_summary() {
      const shown = this.visible();
      const parts = shown.slice(0, 10).map((trace) => {
        const stats = this.stats_of(trace);
        return trace.label + ": last " + this.value_text(trace, stats.last) + ", from " + this.value_text(trace, stats.min) +
          " to " + this.value_text(trace, stats.max) + (trace.unit ? " " + trace.unit : "") + ".";
      });
      const between = this.range ? " From " + this.range.map((at) => tsweb.time_text(tsweb.utc_ms(at), this.zone)).join(" to ") + " " + this.zone + "." : "";
      this.summary.textContent = (shown.length === 1 ? "1 series." : shown.length + " series.") + between + " " + parts.join(" ");
    }

    toggle_table() {
      this.table_shown = !this.table_shown;
      this.table_button.setAttribute("aria-pressed", String(this.table_shown));
      this.twin.hidden = !this.table_shown;
      if (this.table_shown) this.fill_table();
    }

    fill_table() {
      const shown = this.visible();
      const rows = new Map();
      shown.forEach((trace, place) => trace.times.forEach((time_ms, at) => {
        if (!rows.has(time_ms)) rows.set(time_ms, new Array(shown.length).fill(NaN));
        rows.get(time_ms)[place] = trace.values[at];
      }));
      const times = [...rows.keys()].sort((a, b) => a - b);
      const cell = (value) => tsweb.is_number(value) ? el("td", { class: "number" }, String(value)) : el("td", { class: "number absent" }, "–");
      const body = times.slice(0, ROWS_SHOWN).map((time_ms) =>
        el("tr", {}, el("td", {}, tsweb.time_text(time_ms, this.zone)), ...rows.get(time_ms).map(cell)));
      const head = el("tr", {}, el("th", { scope: "col" }, "Time (" + this.zone + ")"),
        ...shown.map((trace) => el("th", { class: "number", scope: "col" }, trace.label + (trace.unit ? ", " + trace.unit : ""))));
      const rest = times.length > ROWS_SHOWN ? el("p", { class: "muted small spoken" }, "The first " + ROWS_SHOWN + " of " + times.length + " drawn points; the CSV has all samples.") : null;
      this.twin.replaceChildren(el("table", {}, el("caption", { class: "hidden-visually" }, this.title || "Chart"), el("thead", {}, head), el("tbody", {}, ...body)));
      if (rest) this.twin.append(rest);
    }

    // --- keyboard -------------------------------------------------------------------------------------------

    on_key(event) {
      if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return;
      const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], Home: [-Infinity, 0], End: [Infinity, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      const other = { t: () => this.toggle_table(), T: () => this.toggle_table(), "+": () => this.zoom_by(0.5), "=": () => this.zoom_by(0.5),
        "-": () => this.zoom_by(2), 0: () => this.zoom(null), Escape: () => this.leave() };
      const action = steps[event.key] ? () => this.walk(...steps[event.key]) : other[event.key];
      if (!action || !this.traces) return;
      event.preventDefault();
      action();
    }

    leave() {
      this.marker.hidden = true;
      this.cursor = null;
      this.spoken.textContent = "";
      this.board.point_at(this, null);
      this.element.blur();
    }

    zoom_by(factor) {
      if (!this.range) return;
      const [from, to] = this.range.map(tsweb.utc_ms);
      const middle = this.cursor ? this.cursor.time_ms : (from + to) / 2;
      this.zoom({ start_ms: Math.round(middle - (middle - from) * factor), end_ms: Math.round(middle + (to - middle) * factor) });
    }

    walk(by, series_by) {
      const shown = this.visible();
      if (!shown.length) return;
      const series = this.cursor ? Math.max(0, Math.min(shown.length - 1, this.cursor.series + series_by)) : 0;
      const trace = shown[series];
      const [from, to] = this.range ? this.range.map(tsweb.utc_ms) : [-Infinity, Infinity];
      const known = [];
      trace.values.forEach((value, at) => { if (tsweb.is_number(value) && trace.times[at] >= from && trace.times[at] <= to) known.push(at); });
      if (!known.length) return;
      let at = by < 0 && !this.cursor ? known.length - 1 : 0;
      if (this.cursor) {
        at = known.findIndex((one) => trace.times[one] >= this.cursor.time_ms);
        if (at < 0) at = known.length - 1;
        at = Math.max(0, Math.min(known.length - 1, at + by));
      }
      if (by === -Infinity) at = 0;
      if (by === Infinity) at = known.length - 1;
      const time_ms = trace.times[known[at]], value = trace.values[known[at]];
      this.cursor = { series, time_ms };
      this.spoken.textContent = trace.label + ": " + this.value_text(trace, value) + (trace.unit ? " " + trace.unit : "") +
        " at " + tsweb.time_text(time_ms, this.zone) + " " + this.zone + ", point " + (at + 1) + " of " + known.length;
      this.mark(trace, time_ms, value);
      this.board.point_at(this, time_ms);
    }

    mark(trace, time_ms, value) {
      const full = this.figure_box._fullLayout;
      const given = this.widget.figure.data[trace.place];
      const value_axis = full["yaxis" + String(given.yaxis || "y").slice(1)] || full.yaxis;
      this.marker.hidden = false;
      this.marker.style.left = full.xaxis._offset + full.xaxis.l2p(time_ms) + "px";
      this.marker.style.top = value_axis._offset + value_axis.d2p(value) + "px";
    }

    dispose() {
      this.watcher.disconnect();
      if (this.figure_box._fullLayout) Plotly.purge(this.figure_box);
      this.element.remove();
    }
  }

  tsweb.ChartView = ChartView;
})(window.tsweb);
