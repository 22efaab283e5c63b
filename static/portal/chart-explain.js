// "Why this value?": the inputs, the rule and the arithmetic behind one point, or why there is none.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const EXPLAIN = "/api/charts/explain";
  const SAME_PX = 8;
  const COUNTS = /^(?:samples|input|inputs|computed)$/;

  Object.assign(tsweb.ChartView.prototype, {
    async ask_why(trace, time_ms) {
      if (trace.meta.position === undefined) return;
      const asked = this.asked_why = {};
      this.why_of = { key: trace.key, time_ms };
      this.why.hidden = false;
      if (!this.why.firstChild) this.why.append(el("p", { class: "muted" }, "Looking…"));
      try {
        const told = await tsweb.post_json(EXPLAIN, {
          ...this.board.request(this), only: undefined, widget: this.index, section: trace.meta.position, member: trace.meta.member || 0, time: time_ms,
        });
        if (asked === this.asked_why) this.show_why(trace, told);
      } catch (error) {
        if (asked === this.asked_why) this.why.replaceChildren(this.why_head("Why this value?"), el("p", { class: "message bad" }, error.message));
      }
    },

    close_why() {
      const within = this.why.contains(document.activeElement);
      this.asked_why = null;
      this.why.hidden = true;
      this.why.replaceChildren();
      if (within) this.element.focus();
    },

    why_head(text) {
      const step = (by, name, label) => el("button", { type: "button", class: "button quiet icon", "aria-label": label, title: label, onclick: () => this.why_next(by) }, name);
      const close = el("button", { type: "button", class: "button quiet icon", "aria-label": "Close", title: "Close (Escape)", onclick: () => this.close_why() }, "✕");
      this.why.onkeydown = (event) => { if (event.key === "Escape") { event.stopPropagation(); this.close_why(); } };
      return el("header", {}, el("h3", {}, text), this.why_series(), step(-1, "‹", "The point before"), step(1, "›", "The next point"), close);
    },

    // The other series at the same time: one that has no value there can be asked too.
    why_series() {
      const shown = this.visible();
      if (shown.length < 2) return null;
      const list = el("select", { class: "field", "aria-label": "Series", onchange: () => this.why_other(shown[list.selectedIndex]) },
        ...shown.map((trace) => el("option", { selected: trace.key === this.why_of.key }, trace.label)));
      return list;
    },

    why_other(trace) {
      const asked_ms = this.why_of.time_ms, axis = this.figure_box._fullLayout.xaxis;
      const there_ms = trace.times[this.place_near(trace, asked_ms)];
      const same = there_ms !== undefined && (trace.bar || trace.step || Math.abs(axis.l2p(there_ms) - axis.l2p(asked_ms)) < SAME_PX);
      this.ask_why(trace, same ? there_ms : asked_ms);
    },

    // The neighbour among the drawn points, absent ones too.
    why_next(by) {
      const trace = this.traces.find((one) => one.key === this.why_of.key);
      if (!trace) return;
      const at = tsweb.nearest(trace.times, this.why_of.time_ms);
      const next = Math.max(0, Math.min(trace.times.length - 1, at + by));
      this.cursor = { key: trace.key, time_ms: trace.times[next] };
      this.place_cursor();
      this.show_crosshair(trace.times[next]);
      this.ask_why(trace, trace.times[next]);
    },

    show_why(trace, told) {
      const value = this.why_value(trace, told.value);
      const title = told.value === null ? "Why is there no value?" : "Why " + value + "?";
      const where = el("p", { class: "muted" }, trace.label + " at " + this.time_text(told.time) + " " + this.zone);
      // Stepping on builds the head anew: the button that was pressed keeps the focus.
      const held = this.why.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
      this.why.replaceChildren(this.why_head(title), where, ...this.why_step(trace, told));
      const again = held && [...this.why.querySelectorAll("header > *")].find((one) => one.getAttribute("aria-label") === held);
      if (again) again.focus();
      if (this.cursor && this.cursor.key === trace.key) this.spoken.textContent = title + " " + (told.absent || told.arithmetic || told.rule || "");
    },

    why_value(trace, value) {
      return value === null ? "–" : this.value_text(trace, value) + (trace.unit ? " " + trace.unit : "");
    },

    why_step(trace, told) {
      const parts = [];
      if (told.absent) parts.push(el("p", { class: "absent" }, told.absent));
      if (told.rule) parts.push(el("p", {}, told.rule));
      if (told.formula && told.formula !== told.rule) parts.push(el("pre", {}, told.formula));
      if (told.arithmetic) parts.push(el("pre", { class: "arithmetic" }, told.arithmetic));
      if ((told.inputs || []).length) parts.push(this.why_inputs(told.inputs));
      const counts = Object.entries(told.counts || {}).filter(([name, count]) => count && !COUNTS.test(name));
      if (counts.length) parts.push(el("p", { class: "muted" }, "In the whole series: " + counts.map(([name, count]) => count.toLocaleString("en-US") + " " + name.replace(/[-_]/g, " ")).join(", ") + "."));
      const steps = (told.steps || []).map((step) => {
        const name = (step.function || "input").replace(/_/g, " ") + " at " + this.time_text(step.time) + ": " + (step.value === null ? "no value" : tsweb.number_text(step.value));
        return el("details", {}, el("summary", {}, name), ...this.why_step(trace, step));
      });
      return [...parts, ...steps];
    },

    why_inputs(inputs) {
      const many = inputs.length > 12;
      const rows = (many ? [...inputs.slice(0, 8), null, ...inputs.slice(-3)] : inputs).map((one) => one === null
        ? el("tr", {}, el("td", { colspan: "4", class: "muted" }, "… " + (inputs.length - 11) + " more"))
        : el("tr", {}, el("td", {}, one.role || ""), el("td", {}, one.label || one.alias || ""), el("td", { class: "mono nowrap" }, this.time_text(one.time)),
          el("td", { class: "number" }, one.value === null ? "–" : String(one.value).replace("-", "\u2212"))));
      return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Inputs" }, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Role"), el("th", { scope: "col" }, "Input"),
        el("th", { scope: "col" }, "Time (" + this.zone + ")"), el("th", { scope: "col", class: "number" }, "Value"))), el("tbody", {}, ...rows)));
    },
  });
})(window.tsweb);
