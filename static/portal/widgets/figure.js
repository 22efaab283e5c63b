// Widgets that Plotly draws and that have no time axis to zoom: bars, pies, boxes, dials, maps, graphs.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const CONFIG = {
    displayModeBar: false, displaylogo: false, responsive: false, scrollZoom: false, doubleClick: false,
    showTips: false, showLink: false, plotlyServerURL: "", sendData: false,
  };
  const CALENDAR_ROW_PX = 46, BAR_ROW_PX = 28, ROWS_SHOWN = 1000, SMALL_PX = 380, LETTER_PX = 6.6, LEAST_PX = 11;

  let probe = null;
  function token(name) {
    if (!probe) { probe = el("span", { hidden: true }); document.body.append(probe); }
    probe.style.color = "var(" + name + ")";
    return getComputedStyle(probe).color;
  }

  function tokens() {
    return { text: token("--text"), muted: token("--muted"), grid: token("--grid"), zero: token("--zero"), raised: token("--raised"),
      border: token("--border"), family: getComputedStyle(document.body).fontFamily };
  }

  function axis(given, colours, small) {
    const themed = { ...given, color: colours.muted, gridcolor: colours.grid, zerolinecolor: colours.zero, linecolor: colours.grid,
      tickcolor: colours.grid, fixedrange: true, tickfont: { size: small ? 10 : 11, color: colours.muted } };
    if (given.title) themed.title = { ...given.title, font: { size: 11, color: colours.muted } };
    return themed;
  }

  const longest = (texts) => Math.max(0, ...(texts || []).flatMap((text) => String(text || "").split("<br>")).map((line) => tsweb.label_text(line).length));

  // The number of a dial fits between its ends, and below a half one.
  function counter_px(note, width_px) {
    const room_px = width_px * (note.y < -0.3 ? 0.5 : 0.9);
    return Math.max(LEAST_PX, Math.min(note.font.size, Math.floor(room_px / (0.6 * note.text.length))));
  }

  // So wide a plane that the texts beside its places have room in it.
  function with_room(given, places, least, width_px) {
    const wanted = places.map(([x, text]) => {
      const text_px = LETTER_PX * longest([text]) + 20;
      return Math.abs(x) < 0.1 ? 0 : Math.abs(x) * width_px / Math.max(width_px / 4, width_px - 2 * text_px);
    });
    const side = Math.max(least, ...wanted);
    return { ...given, range: [-side, side] };
  }

  function names_of_nodes(data) {
    const nodes = data.find((trace) => (trace.meta || {}).role === "node");
    return nodes ? nodes.x.map((x, at) => [x, nodes.text[at]]) : [];
  }

  function themed_layout(given, { compact = false, plain = false, small = false, width_px = 600, data = [] } = {}) {
    const colours = tokens();
    const layout = { ...given, autosize: true, showlegend: false, paper_bgcolor: plain ? colours.raised : "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: colours.family, color: colours.text, size: 12 }, hovermode: compact ? false : given.hovermode || "closest", dragmode: false,
      hoverlabel: { bgcolor: colours.raised, bordercolor: colours.border, align: "left", font: { family: colours.family, color: colours.text, size: 12 } } };
    for (const name of Object.keys(given)) if (/^[xy]axis\d*$/.test(name)) layout[name] = axis(given[name], colours, compact);
    layout.annotations = (given.annotations || []).map((note) => ({ ...note, font: { ...(note.font || {}), color: note.name === "counter" || note.name === "hub" ? colours.text : colours.muted }, ...(note.name === "hub" && plain ? { bgcolor: colours.raised } : {}) }));
    for (const note of layout.annotations) if (note.name === "counter") note.font.size = counter_px(note, width_px);
    const panel = (given.meta || {}).panel;
    if (panel === "graph") layout.xaxis = with_room(layout.xaxis, names_of_nodes(data), 1.15, width_px);
    if (panel === "gauge") layout.xaxis = with_room(layout.xaxis, layout.annotations.filter((note) => note.xanchor !== "center").map((note) => [note.x, note.text]), 1.32, width_px);
    // Names stand inside a small pie and need no room beside it.
    if (small && panel === "pie") Object.assign(layout, { margin: { l: 8, r: 8, t: 8, b: 8 }, uniformtext: { minsize: 9, mode: "hide" } });
    // A name that fits a slice only when it can't be read is left to the pointer and the table.
    if (panel === "pie") layout.uniformtext = { mode: "hide", minsize: 10 };
    layout.shapes = (given.shapes || []).map((shape) => ({ ...shape, line: { ...shape.line, color: colours.muted } }));
    return layout;
  }

  function themed_trace(given, { small, compact, width_px, height_px }) {
    const colours = tokens();
    const trace = { ...given };
    const role = (given.meta || {}).role;
    if (role === "pointer") { trace.fillcolor = colours.text; trace.line = { ...given.line, color: colours.text }; }
    if (given.type === "pie") {
      trace.marker = { ...given.marker, line: { color: colours.raised, width: 2 } };
      trace.outsidetextfont = { color: colours.text };
      // In a small pie the shares stand inside and the names below.
      if (small && given.textposition !== "none") Object.assign(trace, { textposition: "inside", texttemplate: "%{percent:.0%}" });
    }
    if (given.type === "treemap") {
      trace.marker = { ...given.marker, line: { color: colours.raised, width: 2 } }; trace.root = { color: "rgba(0,0,0,0)" };
      // Where the values have no room, at least the names are read.
      const side_px = Math.sqrt(width_px * height_px / Math.max(1, given.labels.length));
      if (given.texttemplate && LETTER_PX * longest(given.text) > 1.15 * side_px) trace.texttemplate = "%{label}";
    }
    if (role === "node") { trace.marker = { ...given.marker, line: { color: colours.raised, width: 2 } }; trace.textfont = { ...given.textfont, color: colours.text }; }
    if (role === "link") Object.assign(trace, { textfont: { ...given.textfont, color: colours.muted }, ...(small ? { mode: "lines+markers" } : {}) });
    // Values on bars of a preview would run into each other.
    if (role === "bar" && compact) { trace.text = undefined; trace.textposition = "none"; }
    if (role === "bar") { trace.outsidetextfont = { color: colours.text, size: 11 }; trace.insidetextfont = { size: 11 }; }
    return trace;
  }

  class FigurePanel extends tsweb.Panel {
    build() {
      this.hidden = new Set();
      this.figure_box = el("div", { class: "figure" });
      this.plot.classList.add("plot");
      this.plot.append(this.figure_box);
      this.legend = el("div", { class: "chips" });
      this.plot.after(this.legend);
      this.twin = el("div", { class: "twin", hidden: true, tabindex: "0", role: "region", "aria-label": "Table" });
      this.legend.after(this.twin);
      this.table_button = el("button", { type: "button", class: "button quiet", "aria-pressed": "false", title: "Table (T)", onclick: () => this.toggle_table() }, "Table");
      if (!this.compact) {
        this.element.tabIndex = 0;
        this.element.addEventListener("keydown", (event) => this.on_key(event));
      }
      this.tools.append(this.table_button, this.menu("Export", [
        ["PNG picture", () => this.save_picture("png")], ["SVG picture", () => this.save_picture("svg")],
        ["CSV, exact numbers", () => this.save_numbers("csv")], ["JSON, exact numbers", () => this.save_numbers("json")],
      ]));
      this.watcher = new ResizeObserver(tsweb.debounce(() => this.resize(), 60));
      this.watcher.observe(this.plot);
    }

    async draw(widget) {
      const figure = widget.figure;
      this.fit_height(figure);
      const said = ((figure.layout.meta || {}).summary || []).map(tsweb.label_text);
      this.summary.textContent = said.length ? said.join(". ") + "." : widget.type;
      if (!this.twin.hidden) this.fill_table();
      await this.redraw();
    }

    on_key(event) {
      if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey || this.nothing) return;
      if (event.key.toLowerCase() === "t") { event.preventDefault(); this.toggle_table(); }
      if (event.key === "Escape") this.element.blur();
    }

    toggle_table() {
      this.twin.hidden = !this.twin.hidden;
      this.table_button.setAttribute("aria-pressed", String(!this.twin.hidden));
      if (!this.twin.hidden) this.fill_table();
    }

    // The picture in words: what the pointer would be told about each of its marks.
    table_rows() {
      const rows = this.shown_data().filter((trace) => trace.visible).flatMap((trace) => {
        const told = [trace.hovertext || []].flat(2).filter(Boolean);
        const series = (trace.meta || {}).role === "bar" && trace.name ? tsweb.label_text(trace.name) : "";
        return told.map((text) => {
          const [name, ...facts] = text.split("<br>").map(tsweb.label_text);
          return { name, series: series === name ? "" : series, facts: facts.join("; ") };
        });
      });
      if (rows.length) return rows;
      // A dial has no marks of its own: its values are what the summary says.
      return ((this.widget.figure.layout.meta || {}).summary || []).map(tsweb.label_text).map((text) => {
        const at = text.lastIndexOf(": ");
        return { name: at < 0 ? text : text.slice(0, at), series: "", facts: at < 0 ? "" : text.slice(at + 2) };
      });
    }

    fill_table() {
      const rows = this.table_rows();
      const part = rows.slice(0, ROWS_SHOWN);
      const series = part.some((row) => row.series);
      const head = ["Name", ...(series ? ["Series"] : []), "Value"].map((name) => el("th", { scope: "col" }, name));
      const body = part.map((row) => el("tr", {}, el("td", {}, row.name), series ? el("td", {}, row.series) : null, el("td", {}, row.facts)));
      const count = rows.length > part.length ? part.length + " of " + rows.length + " rows; all of them are in the export." : rows.length + (rows.length === 1 ? " row." : " rows.");
      this.twin.replaceChildren(el("table", {}, el("caption", { class: "hidden-visually" }, this.title || this.widget.type), el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body)),
        el("div", { class: "under" }, el("p", { class: "muted small told" }, count)));
    }

    config() { return this.compact ? { ...CONFIG, staticPlot: true } : CONFIG; }

    drawn_for() {
      const width_px = this.width_px() || 600;
      return { compact: this.compact, small: width_px < SMALL_PX, width_px, height_px: this.plot.clientHeight || 300, data: this.widget.figure.data };
    }

    shown_data(drawn_for = this.drawn_for()) {
      return this.widget.figure.data.map((trace) => ({ ...themed_trace(trace, drawn_for), visible: !this.hidden.has(trace.legendgroup || trace.name) }));
    }

    // Rows of bars and calendars are as high as their number asks for.
    fit_height(figure) {
      const meta = figure.layout.meta || {};
      let height_px = 0;
      if (meta.panel === "calendar") height_px = 56 + CALENDAR_ROW_PX * (meta.rows || 1);
      const bars = (figure.layout.yaxis || {}).ticktext;
      if (meta.panel === "bar" && figure.data.some((trace) => trace.orientation === "h")) height_px = 48 + BAR_ROW_PX * (bars || []).length;
      this.plot.style.height = height_px && !this.compact ? Math.max(110, Math.min(900, height_px)) + "px" : "";
    }

    show_legend(figure) {
      const meta = figure.layout.meta || {};
      const chips = [];
      if (figure.layout.showlegend) {
        const seen = new Set();
        for (const trace of figure.data) {
          const key = trace.legendgroup || trace.name;
          if (seen.has(key) || trace.showlegend === false) continue;
          seen.add(key);
          chips.push(this.chip(tsweb.label_text(trace.name || ""), (trace.meta || {}).color, key));
        }
      }
      const sectors = meta.panel === "pie" && this.drawn_for().small ? figure.data[0] : null;
      if (sectors && sectors.textposition !== "none") {
        chips.push(...sectors.customdata.map((name, at) => el("span", { class: "chip" }, this.swatch(sectors.marker.colors[at]), tsweb.label_text(name))));
      }
      for (const one of meta.scale || []) chips.push(el("span", { class: "chip" }, this.swatch(one.color), one.from + " – " + one.to));
      if (meta.statistic) chips.push(el("span", { class: "chip muted" }, meta.statistic));
      if (meta.total) chips.push(el("span", { class: "chip muted" }, meta.total));
      this.legend.hidden = !chips.length || this.compact;
      this.legend.replaceChildren(...chips);
    }

    swatch(color) {
      const box = el("span", { class: "swatch filled" });
      if (typeof color === "string") box.style.backgroundColor = color;
      return box;
    }

    chip(text, color, key) {
      const button = el("button", { type: "button", class: "chip", "aria-pressed": String(!this.hidden.has(key)), onclick: () => {
        if (!this.hidden.delete(key)) this.hidden.add(key);
        button.setAttribute("aria-pressed", String(!this.hidden.has(key)));
        Plotly.restyle(this.figure_box, { visible: this.widget.figure.data.map((trace) => !this.hidden.has(trace.legendgroup || trace.name)) });
        if (!this.twin.hidden) this.fill_table();
      } }, this.swatch(color), text);
      return button;
    }

    rethemed() {
      if (this.widget && this.figure_box._fullLayout && !this.nothing) this.redraw();
    }

    // Which texts have room goes by the width, so a new one means more than stretching.
    redraw() {
      this.show_legend(this.widget.figure);
      const layout = tsweb.sized_for_paper(themed_layout(this.widget.figure.layout, this.drawn_for()), this.figure_box);
      return Plotly.react(this.figure_box, this.shown_data(), layout, this.config());
    }

    resize() {
      if (!this.figure_box._fullLayout || this.figure_box.hidden || !this.plot.clientWidth) return;
      if (tsweb.outgrown(this.figure_box)) this.redraw().then(() => { if (!this.figure_box.hidden) Plotly.Plots.resize(this.figure_box); });
      this.board.resized();
    }

    async save_picture(format) {
      const box = this.plot.getBoundingClientRect();
      const width = Math.max(480, Math.round(box.width)), height = Math.max(320, Math.round(box.height) + 60);
      const drawn_for = { plain: true, width_px: width, height_px: height, data: this.widget.figure.data };
      const layout = themed_layout(this.widget.figure.layout, drawn_for);
      layout.title = { text: tsweb.plain_markup(this.title), x: 0.02, xanchor: "left", font: { size: 15 } };
      layout.margin = { ...layout.margin, t: 52 };
      layout.showlegend = Boolean(this.widget.figure.layout.showlegend);
      layout.legend = tsweb.legend_below();
      if (layout.showlegend) layout.margin.b = (layout.margin.b || 40) + 40;
      const address = await Plotly.toImage({ data: this.shown_data(drawn_for), layout }, { format, width, height, scale: format === "png" ? 2 : 1 });
      tsweb.hand_over(this.title || this.widget.type, format, address);
    }

    async save_numbers(kind) {
      try {
        const exact = await this.board.exact(this);
        if (kind === "csv") tsweb.save_csv(this.title, exact); else tsweb.save_json(this.title, { title: this.title, series: exact });
      } catch (error) { this.spoken.textContent = "The numbers could not be fetched: " + error.message; }
    }

    dispose() {
      this.watcher.disconnect();
      if (this.figure_box._fullLayout) Plotly.purge(this.figure_box);
      super.dispose();
    }
  }

  for (const type of ["bar", "pie", "histogram", "box", "gauge", "calendar", "treemap", "graph"]) tsweb.views[type] = FigurePanel;
})(window.tsweb);
