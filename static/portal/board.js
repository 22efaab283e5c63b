// A text and its widgets: asks the server, lays them out in rows, shares zoom and crosshair.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const RENDER = "/api/charts/render";
  const boards = new Set();

  // Types that are no time chart bring a class of their own: tsweb.views.table = class { show(widget) … }.
  // What it leaves out (zoom, crosshair, theme) is not asked of it.
  tsweb.views = tsweb.views || {};

  // What of a text decides how many widgets there are, and which time each shows.
  const FRAME = /^[ \t]*(?:\[[ \t]*(?:group|widget)[ \t]*\]|(?:start|end|time)[ \t_-]*(?:time|span|zone)\b.*|(?:for|if|elseif|else|endfor|endif|list|var|csv|import)\b.*)/gim;
  const frame_of = (config) => (config.match(FRAME) || []).join("\n");

  const all_views = () => [...boards].flatMap((board) => board.compact ? [] : board.views);

  class Board {
    // on_answer(answer) hears diagnostics; on_error(error) hears what went wrong instead.
    constructor(host, { compact = false, compare = false, now = null, on_answer = null, on_error = null } = {}) {
      Object.assign(this, { host, compact, compare, now, on_answer, on_error });
      this.views = [];
      this.windows = new Map();
      this.running = new Map();
      this.waiting = new Map();
      this.config = "";
      boards.add(this);
      if (!compact) document.addEventListener("visibilitychange", () => { if (!document.hidden && this.overdue) this.refresh(); });
    }

    // The width that drives down-sampling and ticks; before there are widgets it is guessed from the text.
    width_px() {
      const widths = this.views.map((view) => view.width_px ? view.width_px() : 0);
      if (widths.some(Boolean)) return Math.max(...widths);
      const rows = this.config.split(/^[ \t]*\[[ \t]*group[ \t]*\]/im);
      // The widest chart counts: that of the row with the fewest widgets.
      const counts = rows.map((row) => (row.match(/^[ \t]*\[[ \t]*widget[ \t]*\]/gim) || []).length).filter(Boolean);
      const columns = Math.min(...counts, 6);
      // As the style sheet lays them out: many stand by twos, then below each other.
      const room_px = this.host.clientWidth || 800;
      const beside = room_px <= 560 || (columns === 3 && room_px <= 780) ? 1 : columns > 3 && room_px <= 940 ? 2 : columns;
      return room_px / beside - 14;
    }

    // --- asking -----------------------------------------------------------------------------------------------

    body(window_ms, extra) {
      this.asked_width = Math.max(120, Math.min(4000, Math.round(this.width_px())));
      const body = { config: this.config, width: this.asked_width, ...tsweb.choices_of(this), ...extra };
      if (this.now) body.now = this.now;
      if (window_ms) {
        body.start = new Date(window_ms.start_ms).toISOString();
        body.end = new Date(window_ms.end_ms).toISOString();
      }
      return body;
    }

    window_of(view) { return this.windows.get(view.group) || null; }
    numbers_of(group) { return this.views.filter((view) => view.group === group).map((view) => view.index); }

    // What one widget is asked with: its own window and nothing else's.
    request(view, extra) { return this.body(this.window_of(view), { only: [view.index], ...extra }); }

    // One request for all that is not zoomed, one for each window that is.
    requests() {
      if (!this.windows.size) return [this.body(null)];
      const rest = this.views.filter((view) => !this.window_of(view)).map((view) => view.index);
      const asked = [...this.windows].map(([group, window_ms]) => this.body(window_ms, { only: this.numbers_of(group) }));
      return rest.length ? [this.body(null, { only: rest }), ...asked] : asked;
    }

    async draw(config) {
      // A zoom is kept while the text keeps its widgets and their times.
      if (frame_of(config) !== frame_of(this.config)) this.windows.clear();
      this.config = config;
      return this.load();
    }

    // Nothing is shown and nothing is asked for any more.
    clear() {
      for (const running of this.running.values()) running.abort();
      for (const timer of this.waiting.values()) clearTimeout(timer);
      clearTimeout(this.timer);
      for (const view of this.views) view.dispose();
      this.running.clear();
      this.waiting.clear();
      this.windows.clear();
      this.views = [];
      this.places = null;
      this.config = "";
      this.tell_busy();
    }

    load() { return this.ask("all", () => this.requests(), true); }

    async ask(key, requests, whole) {
      for (const [other, running] of this.running) if (whole || other === key) running.abort();
      const running = new AbortController();
      this.running.set(key, running);
      this.tell_busy();
      const waiting = setTimeout(() => this.show_loading(true), 200);
      try {
        const answers = await Promise.all(requests().map((body) => tsweb.post_json(RENDER, body, running.signal)));
        // Drawing may take longer than the wait for "Loading…", which must not come up behind it.
        clearTimeout(waiting);
        if (this.running.get(key) !== running) return null;
        this.show_loading(false);
        const told = new Map(answers.flatMap((one) => one.diagnostics || []).map((one) => [JSON.stringify(one), one]));
        const answer = { ...answers[0], diagnostics: [...told.values()], widgets: answers.flatMap((one) => one.widgets || []).sort((a, b) => a.index - b.index) };
        if (whole) await this.show(answer); else await this.show_some(answer);
        this.schedule();
        return answer;
      } catch (error) {
        clearTimeout(waiting);
        // Of a question that a newer one has replaced, nobody wants to hear.
        if (error.name === "AbortError" || this.running.get(key) !== running) return null;
        this.show_loading(false);
        if (this.on_error) this.on_error(error); else this.show_error(error);
        this.schedule();
        throw error;
      } finally {
        clearTimeout(waiting);
        if (this.running.get(key) === running) this.running.delete(key);
        this.tell_busy();
      }
    }

    // For assistive technology, and for whoever waits until a page has settled.
    tell_busy() { this.host.setAttribute("aria-busy", String(this.running.size + this.waiting.size > 0)); }

    refetch() { this.later("all", () => this.load()); }

    later(key, action) {
      clearTimeout(this.waiting.get(key));
      this.waiting.set(key, setTimeout(() => { this.waiting.delete(key); Promise.resolve(action()).catch(() => {}); this.tell_busy(); }, 180));
      this.tell_busy();
    }

    // The exact numbers behind one widget, in the window it shows.
    async exact(view) {
      const answer = await tsweb.post_json(RENDER, this.request(view, { series: true }));
      return (answer.widgets[0] || { series: [] }).series || [];
    }

    // --- live -------------------------------------------------------------------------------------------------

    // A board asks again as often as its fastest widget wants, never behind a hidden tab or while paused.
    schedule() {
      clearTimeout(this.timer);
      const wanted = this.compact ? [] : this.views.map((view) => view.widget && !this.window_of(view) && !view.paused ? view.widget.refresh_ms : null).filter(Boolean);
      if (wanted.length) this.timer = setTimeout(() => this.refresh(), Math.max(1000, Math.min(...wanted)));
    }

    refresh() {
      this.overdue = document.hidden;
      if (this.overdue) return;
      this.load().catch(() => {});
    }

    // --- showing ----------------------------------------------------------------------------------------------

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

    // What is on the screen stays, dimmed; only an empty board shows the fault alone.
    show_error(error) {
      if (this.failure) this.failure.remove();
      const again = el("button", { class: "button", type: "button", onclick: () => this.load().catch(() => {}) }, "Try again");
      if (this.views.length) {
        this.failure = el("div", { class: "failure message bad", role: "alert" }, el("span", {}, "Not up to date: " + error.message + ". This is the last good chart."), again);
        this.host.classList.add("stale");
      } else if (this.compact) {
        this.failure = el("p", { class: "muted small" }, error.message);
      } else {
        this.failure = el("div", { class: "box empty", role: "alert" }, el("h2", {}, "The chart could not be drawn"), el("p", {}, error.message), again);
      }
      this.host.prepend(this.failure);
    }

    fine() {
      if (this.failure) { this.failure.remove(); this.failure = null; }
      this.host.classList.remove("stale");
    }

    async show(answer) {
      this.fine();
      const faults = (answer.diagnostics || []).some((one) => one.severity === "error");
      if (this.on_answer && this.on_answer(answer) === false) return;
      if (this.faults) { this.faults.remove(); this.faults = null; }
      if (!this.on_answer && faults && !this.compact) this.show_faults(answer.diagnostics);
      const widgets = answer.widgets || [];
      const places = JSON.stringify(widgets.map((one) => [one.row, one.column, one.width_units, one.type]));
      if (places !== this.places) { this.lay_out(widgets); this.places = places; }
      await Promise.all(widgets.map((widget, place) => this.show_one(this.views[place], widget, place)));
      this.resized();
      this.host.dataset.drawn = String(Number(this.host.dataset.drawn || 0) + 1);
      if (this.compare && !this.compared) await this.show_comparison();
    }

    async show_some(answer) {
      this.fine();
      await Promise.all(answer.widgets.map((widget) => {
        const view = this.views.find((one) => one.index === widget.index);
        return view && this.show_one(view, widget, widget.index);
      }));
      this.host.dataset.drawn = String(Number(this.host.dataset.drawn || 0) + 1);
    }

    async show_one(view, widget, place) {
      view.index = widget.index === undefined ? place : widget.index;
      if (!this.windows.size || !this.window_of(view)) {
        view.home = { start_ms: widget.start, end_ms: widget.end };
        // Widgets that show the same time zoom together; one with a time of its own keeps to itself.
        if (!this.windows.size) view.group = widget.start + "|" + widget.end;
      }
      // A widget that the change of the text did not touch is not drawn again.
      const whole = JSON.stringify(widget);
      if (view.shown_whole !== whole) {
        view.shown_whole = null;
        view.asked_whole = whole;
        await view.show(widget);
        // While it was drawn, a newer answer may have come.
        if (view.asked_whole !== whole) return;
        tsweb.show_dropdowns(this, view, widget);
        view.shown_whole = whole;
        view.element.dataset.drawn = String(Number(view.element.dataset.drawn || 0) + 1);
      }
      if (view.zoomed) view.zoomed(this.window_of(view));
    }

    show_faults(diagnostics) {
      this.faults = el("div", { role: "alert" }, ...diagnostics.filter((one) => one.severity === "error").map((one) =>
        el("p", { class: "message bad" }, "Line " + one.line + ": " + one.message)));
      this.host.prepend(this.faults);
    }

    lay_out(widgets) {
      const kept = this.kept_views(widgets);
      const before = this.views;
      for (const view of this.views) if (!kept.includes(view)) view.dispose();
      this.host.querySelectorAll(".board").forEach((row) => row.remove());
      this.views = widgets.map((widget, place) => kept[place] || new (tsweb.views[widget.type] || tsweb.ChartView)(this, { compact: this.compact }));
      this.views.forEach((view, place) => {
        view.type = widgets[place].type;
        // Drawn in another way now, but zoomed as it was.
        if (view.group === undefined && before[place]) Object.assign(view, { group: before[place].group, home: before[place].home });
      });
      const rows = new Map();
      widgets.forEach((widget, place) => {
        const key = widget.row || 0;
        if (!rows.has(key)) rows.set(key, []);
        rows.get(key).push(place);
      });
      for (const key of [...rows.keys()].sort((a, b) => a - b)) {
        const places = rows.get(key).sort((a, b) => (widgets[a].column || 0) - (widgets[b].column || 0));
        const row = el("div", { class: "board" }, ...places.map((place) => this.views[place].element));
        row.dataset.columns = places.length;
        row.style.setProperty("--template", places.map((place) => "minmax(0, " + (widgets[place].width_units || 1) + "fr)").join(" "));
        this.host.append(row);
      }
      for (const view of this.views) if (view.plot) view.plot.classList.toggle("tall", widgets.length === 1);
    }

    // Views that go on with a new layout: first those whose widget is the same, then any of the same type.
    kept_views(widgets) {
      const free = new Set(this.views.filter((view) => view.type));
      const take = (fits) => {
        for (const view of free) if (fits(view)) { free.delete(view); return view; }
        return null;
      };
      const without_place = (whole) => whole && JSON.stringify({ ...JSON.parse(whole), index: 0, row: 0, column: 0, width_units: 0 });
      const olds = new Map(this.views.map((view) => [view, without_place(view.shown_whole)]));
      const kept = widgets.map((widget) => { const whole = without_place(JSON.stringify(widget)); return take((view) => olds.get(view) === whole); });
      return kept.map((view, place) => view || take((one) => one.type === widgets[place].type));
    }

    zoom(view, window_ms) {
      if (!window_ms && !this.window_of(view)) return;
      const group = view.group;
      if (window_ms) this.windows.set(group, window_ms); else this.windows.delete(group);
      for (const one of this.views) if (one.group === group) one.shown_whole = null;
      for (const one of this.views) if (one.group === group && one.preview_range) one.preview_range(window_ms);
      // An answer for all widgets that is still on its way would undo this: it is asked again instead.
      this.later(group, () => this.running.has("all") ? this.load()
        : this.ask(group, () => [this.body(this.windows.get(group), { only: this.numbers_of(group) })], false));
    }

    // Asks again when what was drawn was meant for quite another width.
    resized() {
      if (!this.views.length || !this.asked_width || !this.host.clientWidth || tsweb.on_paper()) return;
      if (Math.abs(this.width_px() - this.asked_width) > this.asked_width / 4) this.refetch();
    }

    // One moment on all charts of the page.
    point_at(from, time_ms) {
      for (const view of this.compact ? [] : all_views()) if (view !== from && view.show_crosshair) view.show_crosshair(time_ms);
    }

    // --- equal numbers, side by side --------------------------------------------------------------------------

    async show_comparison() {
      this.compared = true;
      const answer = await tsweb.post_json(RENDER, this.body(null, { series: true }));
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
  const repaint = () => boards.forEach((board) => board.views.forEach((view) => view.rethemed && view.rethemed()));
  // Paper does not wait for the next frame.
  document.addEventListener("tsweb:paper", repaint);
  document.addEventListener("tsweb:theme", () => {
    // After the styles have settled, so that the tokens are those of the new theme.
    requestAnimationFrame(repaint);
  });
  document.addEventListener("tsweb:zone", () => boards.forEach((board) => board.views.forEach((view) => view.rezoned && view.rezoned())));

  // Previews: first those on the screen, the others one by one when there is nothing else to do.
  const later = [];
  function draw_later() {
    const start = later.shift();
    if (start) Promise.resolve(start()).finally(() => when_idle(draw_later));
  }
  const when_idle = (action) => window.requestIdleCallback ? requestIdleCallback(action, { timeout: 2000 }) : setTimeout(action, 300);
  window.addEventListener("load", () => when_idle(draw_later));
  window.addEventListener("beforeprint", () => { while (later.length) later.shift()(); });

  for (const host of document.querySelectorAll(".board-host[data-config]")) {
    const board = new Board(host, { compact: "compact" in host.dataset, compare: "compare" in host.dataset, now: host.dataset.now || null });
    let begun = false;
    const start = () => {
      if (begun) return null;
      begun = true;
      return board.draw(host.dataset.config).catch(() => {});
    };
    if (!board.compact) { start(); continue; }
    later.push(start);
    new IntersectionObserver((seen, watcher) => {
      if (seen.some((one) => one.isIntersecting)) { watcher.disconnect(); start(); }
    }, { rootMargin: "200px" }).observe(host);
  }
})(window.tsweb);
