// A text and its widgets: asks the server, lays them out in rows, shares zoom and crosshair.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const RENDER = "/api/charts/render";
  const boards = new Set();

  class Board {
    // on_answer(answer) hears diagnostics; on_error(error) hears what went wrong instead.
    constructor(host, { compact = false, compare = false, on_answer = null, on_error = null } = {}) {
      Object.assign(this, { host, compact, compare, on_answer, on_error });
      this.views = [];
      this.window = null;
      this.config = "";
      this.refetch = tsweb.debounce(() => this.load().catch(() => {}), 180);
      boards.add(this);
    }

    // The width that drives down-sampling and ticks; before there are widgets it is guessed from the text.
    width_px() {
      if (this.views.length) return Math.max(...this.views.map((view) => view.width_px()));
      const rows = this.config.split(/^[ \t]*\[[ \t]*group[ \t]*\]/im);
      const columns = Math.max(1, ...rows.map((row) => (row.match(/^[ \t]*\[[ \t]*widget[ \t]*\]/gim) || []).length));
      const stacked = window.matchMedia("(max-width: 820px)").matches;
      return (this.host.clientWidth || 800) / (stacked ? 1 : Math.min(columns, 6)) - 14;
    }

    request(extra) {
      this.asked_width = Math.max(120, Math.min(4000, Math.round(this.width_px())));
      const body = { config: this.config, width: this.asked_width, ...extra };
      if (this.window) {
        body.start = new Date(this.window.start_ms).toISOString();
        body.end = new Date(this.window.end_ms).toISOString();
      }
      return body;
    }

    async draw(config) {
      if (config !== this.config) this.window = null;
      this.config = config;
      return this.load();
    }

    async load() {
      if (this.running) this.running.abort();
      const running = this.running = new AbortController();
      const waiting = setTimeout(() => this.show_loading(true), 200);
      try {
        const answer = await tsweb.post_json(RENDER, this.request(), running.signal);
        clearTimeout(waiting);
        if (this.running !== running) return null;
        this.show_loading(false);
        await this.show(answer);
        return answer;
      } catch (error) {
        if (error.name === "AbortError") return null;
        this.show_loading(false);
        if (this.on_error) this.on_error(error); else this.show_error(error);
        throw error;
      } finally {
        clearTimeout(waiting);
        if (this.running === running) this.running = null;
      }
    }

    // The exact numbers behind one widget.
    async exact(view) {
      const answer = await tsweb.post_json(RENDER, this.request({ series: true }));
      return (answer.widgets[this.views.indexOf(view)] || { series: [] }).series || [];
    }

    show_loading(on) {
      if (on && !this.views.length && !this.skeleton) {
        this.skeleton = el("div", { class: "skeleton", role: "status", "aria-label": "Loading" });
        this.host.append(this.skeleton);
      } else if (!on && this.skeleton) {
        this.skeleton.remove();
        this.skeleton = null;
      }
      for (const view of this.views) {
        if (on && !view.loading) {
          view.loading = el("span", { class: "loading" }, "Loading…");
          view.element.append(view.loading);
        } else if (!on && view.loading) {
          view.loading.remove();
          view.loading = null;
        }
      }
    }

    show_error(error) {
      if (this.failure) this.failure.remove();
      this.failure = el("div", { class: "box empty", role: "alert" }, el("h2", {}, "The chart could not be drawn"), el("p", {}, error.message),
        el("button", { class: "button", type: "button", onclick: () => this.load().catch(() => {}) }, "Try again"));
      if (this.compact) this.failure = el("p", { class: "muted small" }, error.message);
      this.host.prepend(this.failure);
    }

    async show(answer) {
      if (this.failure) { this.failure.remove(); this.failure = null; }
      const faults = (answer.diagnostics || []).some((one) => one.severity === "error");
      if (this.on_answer && this.on_answer(answer) === false) return;
      if (!this.on_answer && faults && !this.compact) this.show_faults(answer.diagnostics);
      const widgets = answer.widgets || [];
      const places = JSON.stringify(widgets.map((one) => [one.row, one.column, one.width_units, one.type]));
      if (places !== this.places) { this.lay_out(widgets); this.places = places; }
      await Promise.all(widgets.map((widget, place) => this.views[place].show(widget)));
      for (const view of this.views) view.reset_button.hidden = !this.window;
      this.resized();
      this.host.dataset.drawn = String(Number(this.host.dataset.drawn || 0) + 1);
      if (this.compare && !this.compared) await this.show_comparison();
    }

    show_faults(diagnostics) {
      const list = el("div", { role: "alert" }, ...diagnostics.filter((one) => one.severity === "error").map((one) =>
        el("p", { class: "message bad" }, "Line " + one.line + ": " + one.message)));
      if (this.faults) this.faults.remove();
      this.faults = list;
      this.host.prepend(list);
    }

    lay_out(widgets) {
      for (const view of this.views) view.dispose();
      this.host.querySelectorAll(".board").forEach((row) => row.remove());
      this.views = widgets.map(() => new tsweb.ChartView(this, { compact: this.compact }));
      const rows = new Map();
      widgets.forEach((widget, place) => {
        const key = widget.row || 0;
        if (!rows.has(key)) rows.set(key, []);
        rows.get(key).push(place);
      });
      for (const key of [...rows.keys()].sort((a, b) => a - b)) {
        const places = rows.get(key).sort((a, b) => (widgets[a].column || 0) - (widgets[b].column || 0));
        const row = el("div", { class: "board" }, ...places.map((place) => this.views[place].element));
        row.style.setProperty("--template", places.map((place) => "minmax(0, " + (widgets[place].width_units || 1) + "fr)").join(" "));
        this.host.append(row);
      }
      if (widgets.length === 1) this.views[0].plot.classList.add("tall");
    }

    zoom(view, window_ms) {
      if (!window_ms && !this.window) return;
      this.window = window_ms;
      for (const one of this.views) one.preview_range(window_ms);
      this.refetch();
    }

    // Asks again when what was drawn was meant for quite another width.
    resized() {
      if (!this.views.length || !this.asked_width || !this.host.clientWidth) return;
      if (Math.abs(this.width_px() - this.asked_width) > this.asked_width / 4) this.refetch();
    }

    point_at(from, time_ms) {
      for (const view of this.views) if (view !== from) view.show_crosshair(time_ms);
      if (time_ms === null) from.show_crosshair(null);
    }

    // --- equal numbers, side by side --------------------------------------------------------------------------

    async show_comparison() {
      this.compared = true;
      const answer = await tsweb.post_json(RENDER, this.request({ series: true }));
      const columns = answer.widgets.flatMap((widget) => (widget.series || []).filter((one) => one.display !== false)
        .map((one) => ({ title: widget.title || one.label, values: new Map(one.samples) })));
      if (columns.length < 3) return;
      const [raw, ...derived] = columns;
      const times = [...new Set(columns.flatMap((column) => [...column.values.keys()]))].sort((a, b) => a - b);
      let equal = 0, unequal = 0;
      const text = (value) => value === undefined || value === null ? "–" : String(value).replace("-", "\u2212");
      const rows = times.map((time_ms) => {
        const values = derived.map((column) => column.values.get(time_ms) ?? null);
        const same = values.every((value) => value === values[0]);
        if (!same) unequal += 1; else if (values[0] !== null) equal += 1;
        return el("tr", { class: same ? null : "unequal" }, el("td", {}, tsweb.time_text(time_ms, "UTC")),
          el("td", { class: "number" }, text(raw.values.get(time_ms))), ...values.map((value) => el("td", { class: "number" }, text(value))));
      });
      const verdict = unequal ? unequal + " times differ" : "All " + derived.length + " notations give the same " + equal + " numbers, and none at the first sample";
      this.host.append(el("section", { class: "compare" }, el("h2", {}, "The numbers"),
        el("div", { class: "box" }, el("p", { class: "verdict " + (unequal ? "bad" : "good"), role: "status" }, (unequal ? "✗ " : "✓ ") + verdict),
          el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "The numbers side by side" }, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Time (UTC)"),
            ...columns.map((column) => el("th", { class: "number", scope: "col" }, column.title)))), el("tbody", {}, ...rows))))));
    }
  }

  tsweb.Board = Board;
  document.addEventListener("tsweb:theme", () => {
    // After the styles have settled, so that the tokens are those of the new theme.
    requestAnimationFrame(() => boards.forEach((board) => board.views.forEach((view) => view.rethemed())));
  });

  for (const host of document.querySelectorAll(".board-host[data-config]")) {
    const board = new Board(host, { compact: "compact" in host.dataset, compare: "compare" in host.dataset });
    const start = () => board.draw(host.dataset.config).catch(() => {});
    if (!board.compact) start();
    else new IntersectionObserver((seen, watcher) => {
      if (seen.some((one) => one.isIntersecting)) { watcher.disconnect(); start(); }
    }, { rootMargin: "200px" }).observe(host);
  }
})(window.tsweb);
