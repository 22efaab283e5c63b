// Tables of series, properties and messages: sorted and filtered here, exported as they are shown.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const SHOWN = 200;
  const FILTER_FROM = 8;

  class TablePanel extends tsweb.Panel {
    build() {
      this.plot.classList.add("table-panel");
      this.filter = el("input", { class: "field", type: "search", placeholder: "Filter", "aria-label": "Filter rows", hidden: true,
        oninput: tsweb.debounce(() => { this.shown = SHOWN; this.fill(); }, 80) });
      this.tools.append(this.filter, this.menu("Export", [["CSV, rows as shown", () => this.save("csv")], ["JSON, rows as shown", () => this.save("json")]]));
      this.box = el("div", { class: "scroll", tabindex: "0", role: "region" });
      this.plot.append(this.box);
      this.more = el("button", { type: "button", class: "button quiet more", hidden: true, onclick: () => { this.shown += 1000; this.fill(); } });
      this.plot.append(this.more);
      this.shown = SHOWN;
    }

    has_content(widget) { return Boolean(widget.table && widget.table.rows.length); }

    draw(widget) {
      this.table = widget.table;
      const keys = JSON.stringify(this.table.columns.map((one) => one.key));
      if (keys !== this.keys) {
        const places = this.table.sort.map((one) => ({ at: this.table.columns.findIndex((column) => column.key === one.key), descending: one.descending }));
        this.order = places.filter((one) => one.at >= 0);
        this.keys = keys;
      }
      this.box.setAttribute("aria-label", this.title || "Table");
      this.plot.classList.toggle("terminal", Boolean(this.table.terminal));
      this.filter.hidden = this.table.rows.length < FILTER_FROM && !this.filter.value;
      this.fill();
    }

    rows() {
      const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      const kept = this.table.rows.filter((row) => {
        const text = row.cells.map((cell) => cell.text).join("\u0001").toLowerCase();
        return words.every((word) => text.includes(word));
      });
      if (!this.order.length) return kept;
      const collator = tsweb.collator || (tsweb.collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" }));
      const missing = (value) => value === null || value === "";
      return kept.map((row, at) => [row, at]).sort(([a, i], [b, j]) => {
        for (const { at, descending } of this.order) {
          const one = a.cells[at].value, other = b.cells[at].value;
          // What has no value stands last in either order.
          if (missing(one) || missing(other)) { if (missing(one) !== missing(other)) return missing(one) ? 1 : -1; continue; }
          const by = typeof one === "number" && typeof other === "number" ? one - other : collator.compare(String(one), String(other));
          if (by) return descending ? -by : by;
        }
        return i - j;
      }).map(([row]) => row);
    }

    fill() {
      const rows = this.rows();
      const part = rows.slice(0, this.compact ? 6 : this.shown);
      const caption = el("caption", { class: "hidden-visually" }, this.title || "Table");
      this.box.replaceChildren(el("table", {}, caption, ...(this.table.transpose ? this.across(part) : this.down(part))));
      this.more.hidden = rows.length <= part.length || this.compact;
      this.more.textContent = "Show more of " + rows.length.toLocaleString("en") + " rows";
      const total = this.table.rows.length;
      this.summary.textContent = (rows.length < total ? rows.length + " of " : "") + total + (total === 1 ? " row" : " rows");
      if (this.filter.value) this.spoken.textContent = rows.length ? "" : "No row holds “" + this.filter.value + "”";
      else this.spoken.textContent = "";
    }

    down(rows) {
      const head = el("tr", {}, ...this.table.columns.map((column, at) => this.heading_of(column, at)));
      const body = rows.map((row) => tsweb.apply_look(el("tr", {}, ...row.cells.map((cell, at) => this.cell_of(cell, this.table.columns[at], row))), row.look));
      return [el("thead", {}, head), el("tbody", {}, ...body)];
    }

    // Rows as columns: the first column stays the head of each.
    across(rows) {
      const lines = this.table.columns.map((column, at) =>
        el("tr", {}, el("th", { scope: "row", title: column.tooltip || null }, column.label), ...rows.map((row) => this.cell_of(row.cells[at], column, row))));
      return [el("tbody", {}, ...lines)];
    }

    heading_of(column, at) {
      const place = this.order.findIndex((one) => one.at === at);
      const order = place < 0 ? null : this.order[place];
      const button = el("button", { type: "button", onclick: (event) => this.sort_by(at, event.shiftKey) }, column.label,
        el("span", { class: "arrow", "aria-hidden": "true" }, order ? (order.descending ? "↓" : "↑") : ""));
      return el("th", { scope: "col", class: column.numeric ? "number" : null, title: column.tooltip || null,
        "aria-sort": place === 0 ? (order.descending ? "descending" : "ascending") : null }, button);
    }

    cell_of(cell, column, row) {
      const node = el("td", { class: column.numeric ? "number" : null, title: cell.text.length > 60 ? cell.text : null }, cell.text);
      if (row.look && row.look.color) node.style.color = "inherit";
      return tsweb.apply_look(node, cell.look);
    }

    // A click turns the order round; with Shift the column comes second.
    sort_by(at, further) {
      const known = this.order.find((one) => one.at === at);
      const next = { at, descending: known ? !known.descending : this.table.columns[at].numeric };
      this.order = further ? [...this.order.filter((one) => one.at !== at), next] : [next];
      this.fill();
      const buttons = this.box.querySelectorAll("thead button");
      if (buttons[at]) buttons[at].focus();
    }

    save(kind) {
      const rows = this.rows();
      const columns = this.table.columns.map((one) => one.label);
      const times = this.table.columns.map((column) => ["time", "last.t", "datetime", "date"].includes(column.key.toLowerCase()));
      const value = (cell, at) => times[at] && typeof cell.value === "number" ? new Date(cell.value).toISOString() : cell.value;
      if (kind === "json") {
        tsweb.save_json(this.title, { title: this.title, columns, rows: rows.map((row) => row.cells.map(value)) });
        return;
      }
      const lines = [columns, ...rows.map((row) => row.cells.map(value))].map((cells) => cells.map(tsweb.csv_cell).join(","));
      const address = URL.createObjectURL(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
      tsweb.hand_over(this.title || "table", "csv", address);
      setTimeout(() => URL.revokeObjectURL(address), 10000);
    }
  }

  for (const type of ["table", "property", "console"]) tsweb.views[type] = TablePanel;
})(window.tsweb);
