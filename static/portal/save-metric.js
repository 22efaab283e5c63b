// "Save as metric": a series of a chart becomes a task that stores it. The lines it comes from are shown,
// and a dry run beside the drawing, before anything is written.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const ADDRESS = "/api/charts/save-as-metric";
  const EVERY = ["1 minute", "10 minute", "1 hour", "6 hour", "1 day", "1 week"];
  const FIRST_MS = Date.UTC(1900, 0, 1), LAST_MS = Date.UTC(2200, 0, 1);
  const own = document.currentScript.dataset;

  const count = (number, one, many) => number.toLocaleString("en-US") + " " + (number === 1 ? one : many || one + "s");
  const WRITTEN = /^\s*(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?Z?\s*$/;

  function to_field(time_ms) {
    const text = new Date(time_ms).toISOString().slice(0, 19).replace("T", " ");
    return text.endsWith(":00") ? text.slice(0, -3) : text;
  }

  function from_field(text) {
    const found = WRITTEN.exec(text);
    return found ? Date.parse(found[1] + "T" + (found[2] || "00:00") + "Z") : NaN;
  }

  class SaveMetric {
    constructor(view) {
      this.view = view;
      this.board = view.board;
      this.traces = view.listed().filter((trace) => trace.meta.position !== undefined);
      // Of one section all series are saved together: each is asked about once.
      this.sections = [...new Map(this.traces.map((trace) => [trace.meta.position, trace])).values()];
      this.asked = {};
      this.build();
    }

    build() {
      const field = (label, input, extra) => el("label", {}, label, input, extra || null);
      const input = (name, more) => el("input", { class: "field", name, autocomplete: "off", ...more });
      this.series = el("select", { class: "field", name: "series", "aria-label": "Series", onchange: () => this.propose() },
        ...this.sections.map((trace, at) => el("option", { value: at }, trace.label)));
      this.query = el("pre", { class: "query", tabindex: "0", role: "region", "aria-label": "Lines of the series" });
      this.about = el("p", { class: "small muted" });
      this.every = el("select", { class: "field", name: "every", "aria-label": "Computed every" });
      this.zone = el("select", { class: "field", name: "zone", "aria-label": "Zone of its days and hours" });
      this.entity = field("Entity of the points", input("entity", { maxlength: "512" }));
      this.history = el("input", { type: "checkbox", name: "history", checked: true, onchange: () => this.show_history() });
      this.stretch = el("div", { class: "pair" },
        field("From, UTC", input("start", { class: "field mono", placeholder: "2024-01-31 00:00" })), field("To, UTC", input("end", { class: "field mono", placeholder: "2024-02-29 00:00" })));
      this.reasons = el("div", { class: "reasons", role: "alert" });
      this.result = el("section", { class: "dry-run", "aria-label": "Dry run", "aria-live": "polite" });
      this.run_button = el("button", { type: "button", class: "button", onclick: () => this.dry_run() }, "Dry run");
      this.save_button = own.may === "1" ? el("button", { class: "button primary" }, "Save")
        : el("a", { class: "button primary", href: own.signIn }, "Sign in to save");
      this.close_button = el("button", { type: "button", class: "button quiet", onclick: () => this.dialog.close() }, "Cancel");
      this.form = el("form", { class: "form", onsubmit: (event) => { event.preventDefault(); this.save(); }, oninput: (event) => this.changed(event) },
        field("Series", this.series), this.query, this.about,
        field("Metric", input("metric", { required: true, maxlength: "512", spellcheck: "false" })),
        el("div", { class: "pair" }, field("Unit", input("unit", { maxlength: "128" })), field("Computed every", this.every)),
        this.entity,
        el("div", { class: "pair" }, field("Zone of its days and hours", this.zone), field("Name of the task", input("name", { maxlength: "200" }))),
        el("label", { class: "check" }, this.history, " Store history too"), this.stretch,
        el("label", { class: "check" }, el("input", { type: "checkbox", name: "late_data", checked: true }), " Compute again what comes late"),
        this.reasons, this.result,
        el("div", { class: "row" }, this.save_button, this.run_button, this.close_button));
      const title_id = "save-metric-title";
      this.dialog = el("dialog", { class: "dialog save-metric", "aria-labelledby": title_id, onclose: () => this.gone() },
        el("h2", { id: title_id }, "Save as metric"), this.form);
    }

    async open(trace) {
      this.opener = document.activeElement;
      document.body.append(this.dialog);
      const at = trace ? this.sections.findIndex((one) => one.meta.position === trace.meta.position) : -1;
      // What is computed stands behind what it is computed from.
      this.series.value = String(at >= 0 ? at : this.sections.length - 1);
      this.dialog.showModal();
      this.field("metric").focus();
      await this.propose();
    }

    gone() {
      if (this.shown) this.shown.dispose();
      this.dialog.remove();
      if (this.opener && this.opener.isConnected) this.opener.focus();
    }

    field(name) { return this.form.elements[name]; }

    where() {
      const { config, choices, now } = this.board.request(this.view);
      const trace = this.sections[Number(this.series.value)];
      return { config, choices, now, widget: this.view.index, section: trace.meta.position };
    }

    definition() {
      const text = (name) => this.field(name).value.trim() || undefined;
      return {
        ...this.where(), metric: this.field("metric").value.trim(), name: text("name"), unit: text("unit"), every: this.every.value,
        zone: this.zone.value, entity: this.entity.hidden ? undefined : text("entity"), late_data: this.field("late_data").checked,
      };
    }

    window() { return { start: from_field(this.field("start").value), end: from_field(this.field("end").value) }; }

    async propose() {
      const asked = this.asked = {};
      this.form.removeAttribute("aria-busy");
      this.tell([]);
      this.forget();
      try {
        const found = await tsweb.post_json(ADDRESS + "/propose", this.where());
        if (asked !== this.asked) return;
        this.fill(found);
        if (found.reasons.length) this.tell(found.reasons);
        else await this.dry_run();
      } catch (error) {
        if (asked === this.asked) this.tell([{ message: error.message }]);
      }
    }

    fill(found) {
      this.query.textContent = found.query;
      // What is computed stands behind what it is computed from.
      this.query.scrollTop = this.query.scrollHeight;
      this.about.textContent = "Computed from " + (found.sources.join(", ") || "nothing that is stored") +
        (found.series > 1 ? ", " + count(found.series, "series", "series") : "") + (found.period ? ", by " + found.period : "") + ".";
      this.field("metric").value = found.metric;
      this.field("name").value = found.name;
      this.field("unit").value = found.unit || "";
      this.field("entity").value = found.entity || "";
      this.entity.hidden = !found.needs_entity;
      const choices = (names, chosen) => names.map((name) => el("option", { value: name, selected: name === chosen }, name));
      this.every.replaceChildren(...choices([...new Set([...EVERY, found.every])], found.every));
      this.zone.replaceChildren(...choices([...new Set([found.zone, "UTC", tsweb.browser_zone()])], found.zone));
      this.every.value = found.every;
      this.zone.value = found.zone;
      const zoomed = this.board.window_of(this.view);
      const [from, to] = zoomed ? [zoomed.start_ms, zoomed.end_ms] : [found.start, found.end];
      const open = from < FIRST_MS || to > LAST_MS, drawn = this.view.limits();
      this.field("start").value = to_field(open ? Math.floor(drawn[0]) : from);
      this.field("end").value = to_field(open ? Math.ceil(drawn[1]) : to);
    }

    show_history() {
      for (const name of ["start", "end"]) this.field(name).required = this.history.checked;
      this.stretch.classList.toggle("muted", !this.history.checked);
    }

    // What was looked at is no longer what would be saved.
    changed(event) {
      if (event.target === this.series || event.target === this.history) return;
      this.fresh = false;
      this.result.classList.add("stale");
    }

    forget() {
      this.fresh = false;
      this.result.replaceChildren();
      if (this.shown) { this.shown.dispose(); this.shown = null; }
    }

    tell(reasons) {
      if (reasons.some((one) => one.field === "entity")) this.entity.hidden = false;
      this.reasons.replaceChildren(...reasons.map((one) => el("p", { class: "message bad" }, tsweb.sentence(one.message), one.hint ? el("span", { class: "hint" }, "Instead: " + one.hint) : null)));
      for (const input of this.form.elements) {
        if (!input.name) continue;
        if (reasons.some((one) => one.field === input.name)) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
      }
    }

    async dry_run() {
      const { start, end } = this.window();
      const unread = Object.entries({ start, end }).filter(([, one]) => !Number.isFinite(one)).map(([name]) => name);
      if (unread.length || !(start < end)) {
        this.forget();
        this.tell(unread.length ? unread.map((name) => ({ field: name, message: "“" + this.field(name).value + "” is not a time", hint: "2024-01-31 00:00" }))
          : [{ field: "end", message: "the end must be after the start" }]);
        return false;
      }
      const asked = this.asked = {};
      // The buttons stay as they are: one that is disabled would lose the focus.
      this.form.setAttribute("aria-busy", "true");
      try {
        const found = await tsweb.post_json(ADDRESS + "/dry-run", { ...this.definition(), start, end, width: Math.max(200, this.form.clientWidth) });
        if (asked !== this.asked) return false;
        this.tell(found.refused);
        if (found.refused.length) { this.forget(); return false; }
        this.result.classList.remove("stale");
        await this.show_result(found);
        this.fresh = true;
        return true;
      } catch (error) {
        if (asked === this.asked) { this.forget(); this.tell([{ message: error.message }]); }
        return false;
      } finally {
        if (asked === this.asked) this.form.removeAttribute("aria-busy");
      }
    }

    async show_result(found) {
      if (this.shown) { this.shown.dispose(); this.shown = null; }
      const partly = found.computed_from > found.start;
      const parts = [
        (partly ? "More than " : "") + count(found.points, "point") + " in " + count(found.periods, "period") + " of " + found.sampling + (found.zone === "UTC" ? "" : ", " + found.zone) + ".",
        !found.drawn ? "Nothing is drawn there." : found.equal === found.drawn ? "All of them equal those drawn."
          : count(found.equal, "of them equals", "of them equal") + " those drawn; " + (found.drawn - found.equal).toLocaleString("en-US") + " at the edges of the window do not.",
        partly ? "Looked at from " + to_field(found.computed_from) + " UTC on." : "",
      ];
      const rows = found.series.flatMap((one) => one.samples.slice(0, 5).map(([time_ms, value]) =>
        el("tr", {}, el("td", { class: "mono nowrap" }, tsweb.time_text(time_ms, found.zone)), el("td", { class: "number" }, tsweb.number_text(value)),
          el("td", { class: "small" }, [one.entity, ...Object.entries(one.tags).map(([name, text]) => name + "=" + text)].join(" ")))));
      const table = el("details", { class: "first" }, el("summary", {}, "First results"), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "First results" },
        el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Time"), el("th", { scope: "col", class: "number" }, "Value"), el("th", { scope: "col" }, "Series"))), el("tbody", {}, ...rows.slice(0, 40)))));
      this.result.replaceChildren(el("p", { class: "told" }, parts.filter(Boolean).join(" ")));
      if (!found.points) return;
      this.shown = new tsweb.ChartView({ window_of: () => null, resized() {}, zoom() {} }, { compact: true });
      this.result.append(this.shown.element, table);
      await this.shown.show(found.widget);
    }

    async save() {
      if (own.may !== "1" || this.saving) return;
      this.saving = true;
      try {
        if (!this.fresh && !(await this.dry_run())) return;
        const backfill = this.history.checked ? this.window() : undefined;
        const made = await tsweb.post_json(ADDRESS, { ...this.definition(), backfill });
        this.finish(made);
      } catch (error) {
        this.tell([{ message: error.message }]);
      } finally {
        this.saving = false;
      }
    }

    finish(made) {
      const link = el("a", { class: "button primary", href: made.url }, "Show the task");
      const metric = this.field("metric").value.trim();
      const text = metric + " is stored from now on" + (made.backfill === null ? "." : "; its history is being computed.");
      this.form.replaceChildren(el("p", { class: "message good", role: "status" }, text),
        el("div", { class: "row" }, link, el("button", { type: "button", class: "button", onclick: () => this.dialog.close() }, "Close")));
      link.focus();
    }
  }

  // The field is marked: its inner name says nothing more.
  tsweb.sentence = (text) => { const plain = text.replace(/^'\w+': /, ""); return plain.charAt(0).toUpperCase() + plain.slice(1); };

  Object.assign(tsweb.ChartView.prototype, {
    save_metric(trace) {
      if (this.traces && this.listed().some((one) => one.meta.position !== undefined)) new SaveMetric(this).open(trace);
    },
  });
})(window.tsweb);
