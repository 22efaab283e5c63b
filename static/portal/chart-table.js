// The table twin of a chart: every sample of the window, fetched when the picture shows fewer.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const ROWS_AT_ONCE = 1000;

  // Columns side by side by exact time.
  tsweb.table_rows = function (columns) {
    const rows = new Map();
    columns.forEach((column, place) => {
      for (let at = 0; at < column.times.length; at++) {
        const time_ms = column.times[at];
        if (!rows.has(time_ms)) rows.set(time_ms, new Array(columns.length).fill(undefined));
        rows.get(time_ms)[place] = column.values[at];
      }
    });
    return [...rows.entries()].sort((a, b) => a[0] - b[0]);
  };

  Object.assign(tsweb.ChartView.prototype, {
    toggle_table() {
      this.table_shown = !this.table_shown;
      this.table_button.setAttribute("aria-pressed", String(this.table_shown));
      this.twin.hidden = !this.table_shown;
      if (this.table_shown) this.fill_table();
    },

    // The exact series that are shown, in the order of the legend.
    async exact_shown() {
      const shown = this.visible();
      const exact = await this.board.exact(this);
      const member_of = new Map();
      const numbered = exact.filter((one) => one.display !== false).map((one) => {
        const member = member_of.get(one.position) || 0;
        member_of.set(one.position, member + 1);
        return { ...one, member };
      });
      // A section whose series are partly hidden counts them all: the label tells those apart.
      return shown.map((trace) => numbered.find((one) => one.position === trace.meta.position && one.label === trace.label)
        || numbered.find((one) => one.position === trace.meta.position && one.member === trace.meta.member)).filter(Boolean);
    },

    async fill_table() {
      const shown = this.visible();
      const [from, to] = this.limits();
      const thinned = shown.some((trace) => trace.meta.samples_total > trace.times.length);
      const asked = this.asked_table = {};
      let columns = null;
      if (thinned) {
        this.twin.setAttribute("aria-busy", "true");
        if (!this.twin.firstChild) this.twin.append(el("p", { class: "muted small told" }, "Fetching every sample…"));
        try {
          const exact = await this.exact_shown();
          columns = exact.map((one) => ({ label: one.label, unit: one.unit || "", times: one.samples.map((pair) => pair[0]), values: one.samples.map((pair) => pair[1]) }));
        } catch (error) { columns = null; }
        if (asked !== this.asked_table) return;
        this.twin.removeAttribute("aria-busy");
      }
      const told = thinned && !columns ? "The samples could not be fetched: these are the drawn points only, " + "minima and maxima kept." : null;
      columns = columns || shown.map((trace) => {
        const inside = trace.times.map((time_ms, at) => at).filter((at) => trace.times[at] >= from && trace.times[at] < to && !(Number.isNaN(trace.values[at]) && trace.meta.breaks));
        return { label: trace.label, unit: trace.unit, times: inside.map((at) => trace.times[at]), values: inside.map((at) => trace.values[at]) };
      });
      this.write_table(columns, told);
    },

    write_table(columns, told) {
      const rows = tsweb.table_rows(columns);
      const cell = (value) => tsweb.is_number(value) ? el("td", { class: "number" }, String(value)) : el("td", { class: "number absent" }, value === undefined ? "" : "–");
      const row = ([time_ms, values]) => el("tr", {}, el("td", {}, this.time_text(time_ms)), ...values.map(cell));
      const head = el("tr", {}, el("th", { scope: "col" }, "Time (" + this.zone + ")"),
        ...columns.map((one) => el("th", { class: "number", scope: "col" }, one.label + (one.unit ? ", " + one.unit : ""))));
      const body = el("tbody", {}, ...rows.slice(0, ROWS_AT_ONCE).map(row));
      const count = el("p", { class: "muted small told" });
      const more = el("button", { type: "button", class: "button quiet", onclick: () => {
        const from = body.children.length;
        body.append(...rows.slice(from, from + ROWS_AT_ONCE).map(row));
        say();
      } }, "Show more");
      const say = () => {
        const left = rows.length - body.children.length;
        count.textContent = (told ? told + " " : "") + (left ? body.children.length.toLocaleString("en-US") + " of " + rows.length.toLocaleString("en-US") + " rows." : rows.length.toLocaleString("en-US") + (rows.length === 1 ? " row." : " rows."));
        more.hidden = !left;
      };
      say();
      this.twin.replaceChildren(el("table", {}, el("caption", { class: "hidden-visually" }, this.title || "Chart"), el("thead", {}, head), body), el("div", { class: "under" }, count, more));
    },
  });
})(window.tsweb);
