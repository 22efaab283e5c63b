// One time chart: its picture and what belongs to it. Zooming asks the board for finer data.
// The legend, the hover, the keyboard, the table, the tools and "why this value?" are in chart-*.js.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const CONFIG = {
    displayModeBar: false, displaylogo: false, responsive: false, scrollZoom: false, doubleClick: false,
    showTips: false, showLink: false, plotlyServerURL: "", sendData: false,
  };

  const NAMED_PX = 460;

  class ChartView {
    constructor(board, { compact = false } = {}) {
      this.board = board;
      this.compact = compact;
      this.hidden = new Set();
      this.range = null;
      this.cursor = null;
      this.table_shown = false;
      this.index = 0;
      this.build();
    }

    build() {
      this.heading = el("h2");
      this.badge = el("button", { type: "button", class: "badge", hidden: true, "aria-expanded": "false", onclick: () => this.toggle_notes() });
      this.header = el("header", {}, this.heading, this.badge, this.build_tools());
      this.note_list = el("ul", { class: "notes", hidden: true });
      this.plot = el("div", { class: "plot" });
      this.figure_box = el("div", { class: "figure" });
      this.marker = el("div", { class: "point", hidden: true });
      this.plot.append(this.figure_box, ...this.build_hover(), this.marker);
      this.legend = el("div", { class: "legend" });
      this.summary_id = "summary-" + Math.random().toString(36).slice(2);
      this.summary = el("p", { class: "hidden-visually", id: this.summary_id });
      this.spoken = el("p", { class: "spoken", "aria-live": "polite" });
      this.twin = el("div", { class: "twin", hidden: true, tabindex: "0", role: "region", "aria-label": "Table" });
      this.why = el("section", { class: "why", hidden: true, "aria-label": "Why this value?" });
      this.element = el("section", {
        class: "widget", tabindex: this.compact ? null : "0", role: "group", "aria-roledescription": "chart",
        "aria-describedby": this.summary_id,
      }, this.header, this.note_list, this.plot, this.build_foot(), this.spoken, this.why, this.legend, this.twin, this.summary);
      if (!this.compact) this.element.addEventListener("keydown", (event) => this.on_key(event));
      this.watcher = new ResizeObserver(tsweb.debounce(() => this.resize(), 60));
      this.watcher.observe(this.plot);
    }

    // --- drawing ------------------------------------------------------------------------------------------

    async show(widget) {
      // The same answer again (live charts, other widgets edited) moves nothing on the screen.
      const print = JSON.stringify([widget.figure, widget.title, widget.notes, widget.zone]);
      const same = print === this.print;
      this.widget = widget;
      this.print = print;
      if (same) return;
      this.title = widget.title || "";
      this.zone = tsweb.chosen_zone(widget.zone);
      this.heading.textContent = this.title;
      this.heading.hidden = !this.title;
      this.element.setAttribute("aria-label", this.title || "Chart");
      this.show_foot();
      const figure = widget.figure;
      if (!figure || !Array.isArray(figure.data)) { this.show_nothing("This widget is not drawn yet"); return; }
      this.traces = figure.data.map((trace, place) => this.read_trace(trace, place));
      const absent = (widget.notes || []).find((note) => note.code === "no-samples" || note.code === "no-series");
      this.show_notes((widget.notes || []).filter((note) => note !== absent));
      // A threshold alone is no answer to a question that found no samples.
      if (!this.traces.some((trace) => (trace.role === "series" || !absent) && this.reaches(trace, widget))) {
        const text = absent ? absent.message : "no samples between these times";
        this.show_nothing(text[0].toUpperCase() + text.slice(1));
        return;
      }
      if (this.nothing) { this.nothing.remove(); this.nothing = null; }
      this.element.classList.remove("bare");
      this.figure_box.hidden = false;
      const range = (figure.layout.xaxis || {}).range;
      if (range) this.range = range.slice();
      this.show_legend();
      await this.draw();
      this.listen();
      this.say_summary();
      this.place_cursor();
      if (this.table_shown) this.fill_table();
    }

    async draw() {
      const layout = tsweb.themed_layout(this.widget.figure.layout || {}, { compact: this.compact });
      layout.hovermode = false;
      const data = this.shown_data();
      const gone = new Set(data.filter((trace) => !trace.visible).map((trace) => "end:" + (trace.meta || {}).index));
      // The server counts on the widest chart of the board; on less room the legend alone names the lines.
      const crowded = this.width_px() && this.width_px() < NAMED_PX;
      layout.annotations = layout.annotations.filter((note) => !gone.has(note.name) && !(crowded && String(note.name).startsWith("end:")));
      if (crowded) layout.margin.r = Math.min(layout.margin.r, 14);
      if (!this.compact) layout.xaxis.title = { text: "", standoff: 0, font: { size: 1 } };
      if (this.range) {
        layout.xaxis.range = this.range.slice();
        Object.assign(layout.xaxis, this.ticks(this.range));
      }
      await Plotly.react(this.figure_box, data, tsweb.sized_for_paper(layout, this.figure_box), this.compact ? { ...CONFIG, staticPlot: true } : CONFIG);
    }

    // The server's ticks know the configured formats; another zone and a range that moves get our own.
    ticks(range) {
      const given = this.widget.figure.layout.xaxis || {};
      const as_given = given.range && given.range[0] === range[0] && given.range[1] === range[1];
      if (as_given && this.zone === (this.widget.zone || "UTC") && given.tickvals) return tsweb.fewer_ticks(given, this.plot.clientWidth);
      const [from, to] = range.map(tsweb.utc_ms);
      return tsweb.zone_ticks(from, to, this.zone, this.plot.clientWidth || 600);
    }

    show_nothing(message) {
      this.figure_box.hidden = true;
      this.traces = [];
      this.point_out(null);
      this.marker.hidden = true;
      this.legend.replaceChildren();
      if (this.nothing) this.nothing.remove();
      this.nothing = el("div", { class: "empty" }, el("p", {}, message));
      if (!this.compact && this.board.window_of(this)) {
        this.nothing.append(el("button", { class: "button", type: "button", onclick: () => this.zoom(null) }, "Reset zoom"));
      }
      this.plot.append(this.nothing);
      this.element.classList.toggle("bare", !this.board.window_of(this));
      this.summary.textContent = message;
      if (this.table_shown) this.fill_table();
    }

    // Something of it is seen between these times: a sample, or a line from one before to one after.
    reaches(trace, { start = -Infinity, end = Infinity }) {
      const from = tsweb.utc_ms(start), to = tsweb.utc_ms(end);
      let before = false, after = false;
      for (let at = 0; at < trace.times.length; at++) {
        if (!tsweb.is_number(trace.values[at])) continue;
        if (trace.times[at] + trace.width_ms < from) before = true;
        else if (trace.times[at] >= to) after = true;
        else return true;
      }
      return before && after && !trace.bar;
    }

    read_trace(trace, place) {
      const meta = trace.meta || {};
      const label = tsweb.label_text(trace.name || "Series " + (place + 1));
      const line = trace.line || {}, marker = trace.marker || {};
      return {
        label, place, unit: tsweb.label_text(meta.unit || ""), role: meta.role || "series", meta,
        // Who it is, so that what the reader hid stays hidden when other series come and go.
        key: [meta.role || "series", meta.position ?? place, meta.member ?? 0, label].join("|"),
        listed: trace.showlegend !== false,
        times: Array.from(tsweb.column(trace.x), tsweb.utc_ms), values: Array.from(tsweb.column(trace.y), Number),
        texts: Array.isArray(trace.text) ? trace.text : null,
        color: line.color || (typeof marker.color === "string" ? marker.color : null) || trace.fillcolor,
        dash: line.dash, bar: trace.type === "bar", width_ms: trace.type === "bar" ? trace.width || 0 : 0,
        template: trace.hovertemplate, axis: trace.yaxis || "y", step: line.shape === "hv",
        initially: trace.visible === "legendonly" || trace.visible === false,
      };
    }

    shown_data() {
      for (const read of this.traces) if (read.initially && !this.touched) this.hidden.add(read.key);
      return this.widget.figure.data.map((trace, place) => {
        const read = this.owner(this.traces[place]);
        // plotly.js reads numbers on a date axis on the browser's own clock; texts it takes as they are.
        return { ...trace, x: this.traces[place].times.map(tsweb.utc_text), visible: !this.hidden.has(read.key), hoverinfo: "skip", hovertemplate: undefined };
      });
    }

    // Bands and marks of resets come and go with the series they belong to.
    owner(read) {
      if (read.meta.of === undefined) return read;
      return this.traces.find((one) => one.role === "series" && one.meta.index === read.meta.of) || read;
    }

    get drawn() { return Boolean(this.widget && !this.figure_box.hidden && this.figure_box._fullLayout); }

    async redraw() {
      if (!this.drawn) return;
      await this.draw();
      this.place_cursor();
    }

    rethemed() { this.redraw(); }

    rezoned() {
      if (!this.widget) return;
      this.zone = tsweb.chosen_zone(this.widget.zone);
      this.show_foot();
      this.redraw();
      if (!this.traces) return;
      this.say_summary();
      if (this.table_shown) this.fill_table();
    }

    resize() {
      if (!this.drawn || !this.plot.clientWidth) return;
      if (tsweb.outgrown(this.figure_box)) Plotly.Plots.resize(this.figure_box);
      this.place_cursor();
      this.board.resized();
    }

    // 0 while it has no place on the page yet; the board then goes by its own guess.
    width_px() { return this.plot.clientWidth ? Math.max(120, Math.round(this.plot.clientWidth)) : 0; }

    visible() { return this.listed().filter((trace) => !this.hidden.has(trace.key)); }
    listed() { return (this.traces || []).filter((trace) => trace.listed && trace.role === "series"); }
    limits() { return this.range ? this.range.map(tsweb.utc_ms) : [-Infinity, Infinity]; }
    time_text(time_ms) { return tsweb.time_text(time_ms, this.zone); }
    value_text(trace, value) { return tsweb.trace_text(value, trace.template); }

    // --- zoom and pan ---------------------------------------------------------------------------------------

    // Dragging zooms, dragging with Shift or on the axis pans, double-click goes back.
    listen() {
      if (this.listening || this.compact) return;
      this.listening = true;
      this.figure_box.on("plotly_relayout", (change) => this.on_relayout(change));
      this.figure_box.on("plotly_doubleclick", () => this.zoom(null));
      this.listen_hover();
    }

    on_relayout(change) {
      const from = change["xaxis.range[0]"] ?? (change["xaxis.range"] || [])[0];
      const to = change["xaxis.range[1]"] ?? (change["xaxis.range"] || [])[1];
      if (from === undefined || to === undefined || this.setting_range) return;
      this.zoom({ start_ms: Math.round(tsweb.utc_ms(from)), end_ms: Math.round(tsweb.utc_ms(to)) });
    }

    zoom(window_ms) {
      if (window_ms && !(window_ms.end_ms - window_ms.start_ms >= 2)) return;
      this.board.zoom(this, window_ms);
    }

    zoom_by(factor, middle_ms) {
      const [from, to] = this.limits();
      if (!Number.isFinite(from)) return;
      const middle = middle_ms ?? (this.cursor ? this.cursor.time_ms : (from + to) / 2);
      this.zoom({ start_ms: Math.round(middle - (middle - from) * factor), end_ms: Math.round(middle + (to - middle) * factor) });
    }

    pan(share) {
      const [from, to] = this.limits();
      if (!Number.isFinite(from)) return;
      const by = Math.round((to - from) * share);
      this.zoom({ start_ms: from + by, end_ms: to + by });
    }

    // The picture follows at once with what it has; finer data comes when it comes.
    preview_range(window_ms) {
      const shown = window_ms || this.home;
      this.zoomed(window_ms);
      if (!this.drawn || !shown) return;
      this.range = [shown.start_ms, shown.end_ms].map(tsweb.utc_text);
      this.print = "";
      this.setting_range = true;
      const ticks = this.ticks(this.range);
      const change = { "xaxis.range": this.range.slice() };
      for (const [name, value] of Object.entries(ticks)) change["xaxis." + name] = value;
      Promise.resolve(Plotly.relayout(this.figure_box, change)).finally(() => { this.setting_range = false; this.place_cursor(); });
    }

    dispose() {
      this.watcher.disconnect();
      if (this.figure_box._fullLayout) Plotly.purge(this.figure_box);
      this.element.remove();
    }
  }

  tsweb.ChartView = ChartView;
})(window.tsweb);
