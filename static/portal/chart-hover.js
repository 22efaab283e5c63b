// Crosshair and tooltip: the values of all series at one time, largest first, beside the pointer.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const MOST_ROWS = 14;
  const NEAR_PX = 40;
  const CLICK_PX = 4;

  // Index of the time nearest to the one asked for; times are sorted.
  tsweb.nearest = function (times, time_ms) {
    let low = 0, high = times.length - 1;
    if (high < 0) return -1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (times[middle] <= time_ms) low = middle; else high = middle;
    }
    return Math.abs(times[low] - time_ms) <= Math.abs(times[high] - time_ms) ? low : high;
  };

  Object.assign(tsweb.ChartView.prototype, {
    build_hover() {
      this.crosshair = el("div", { class: "crosshair" });
      this.tooltip = el("div", { class: "hover", hidden: true });
      return [this.crosshair, this.tooltip];
    },

    listen_hover() {
      let pressed = null, twice = false;
      const at = (event) => {
        const box = this.figure_box.getBoundingClientRect(), full = this.figure_box._fullLayout;
        const x = event.clientX - box.left - full.xaxis._offset, y = event.clientY - box.top;
        const inside = x >= 0 && x <= full.xaxis._length && y >= full.yaxis._offset && y <= full.yaxis._offset + full.yaxis._length;
        return inside ? { time_ms: full.xaxis.p2l(x), y } : null;
      };
      const follow = (event) => {
        if (!this.drawn) return;
        const place = event.buttons ? null : at(event);
        this.point_out(place ? this.snapped(place.time_ms) : null);
      };
      this.plot.addEventListener("pointermove", follow);
      // A finger that is lifted leaves what it pointed out, until the next touch elsewhere.
      this.plot.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") this.point_out(null); });
      // Plotly swallows clicks to zoom with; a press that goes nowhere is one.
      this.plot.addEventListener("pointerdown", (event) => { pressed = event.button === 0 ? event : null; twice = false; }, true);
      // The browser counts presses by when they were made; a busy page may hear of them too late to tell by itself.
      this.plot.addEventListener("mousedown", (event) => { twice = event.detail === 2; }, true);
      window.addEventListener("pointerup", (event) => {
        const began = pressed;
        pressed = null;
        if (!began && event.pointerType !== "mouse" && !this.tooltip.hidden) this.point_out(null);
        if (!began || !this.drawn || Math.hypot(event.clientX - began.clientX, event.clientY - began.clientY) > CLICK_PX) return;
        const place = at(began);
        if (!place) return;
        if (event.pointerType !== "mouse") this.point_out(this.snapped(place.time_ms));
        clearTimeout(this.click_timer);
        // The second press of a double-click takes the zoom back and asks nothing.
        if (twice) this.zoom(null);
        else if (began.timeStamp - (this.clicked_at || -1000) > 400) this.click_timer = setTimeout(() => this.ask_why_at(place.time_ms, place.y), 260);
        this.clicked_at = began.timeStamp;
      }, true);
    },

    // The nearest sample of any visible series; within a gap the time of the pointer itself.
    snapped(time_ms) {
      const axis = this.figure_box._fullLayout.xaxis;
      const [from, to] = this.limits();
      let best = null;
      for (const trace of this.visible()) {
        const at = this.place_near(trace, time_ms);
        if (at < 0 || trace.times[at] < from || trace.times[at] > to) continue;
        const apart = Math.abs(trace.times[at] - time_ms);
        if (best === null || apart < Math.abs(best - time_ms)) best = trace.times[at];
      }
      return best !== null && Math.abs(axis.l2p(best) - axis.l2p(time_ms)) < 4 * NEAR_PX ? best : Math.round(time_ms / 1000) * 1000;
    },

    // A column belongs to the whole period that it fills; a point to what is nearest.
    place_near(trace, time_ms) {
      let at = tsweb.nearest(trace.times, time_ms);
      if (trace.bar && at > 0 && trace.times[at] > time_ms) at -= 1;
      return at;
    },

    point_out(time_ms) {
      this.show_crosshair(time_ms);
      this.show_tooltip(time_ms);
      this.board.point_at(this, time_ms);
    },

    show_crosshair(time_ms) {
      if (time_ms === null || !this.drawn) { this.crosshair.style.display = "none"; return; }
      const { xaxis, yaxis } = this.figure_box._fullLayout;
      const at = xaxis.l2p(time_ms);
      const inside = at >= 0 && at <= xaxis._length;
      this.crosshair.style.display = inside ? "block" : "none";
      Object.assign(this.crosshair.style, { left: Math.round(xaxis._offset + at) + "px", top: yaxis._offset + "px", height: yaxis._length + "px" });
    },

    // What each series has there: its sample at that time, or the nearest one with its own time.
    readings(time_ms) {
      const axis = this.figure_box._fullLayout.xaxis;
      return this.visible().map((trace) => {
        const at = this.place_near(trace, time_ms);
        if (at < 0) return null;
        const value = trace.values[at], there = trace.times[at];
        const far = !trace.bar && Math.abs(axis.l2p(there) - axis.l2p(time_ms)) > NEAR_PX;
        return { trace, at, time_ms: there, value: far ? NaN : value, other: !far && tsweb.is_number(value) && there !== time_ms && !trace.bar };
      }).filter(Boolean).sort((a, b) => (tsweb.is_number(b.value) ? b.value : -Infinity) - (tsweb.is_number(a.value) ? a.value : -Infinity));
    },

    reading_text(reading) {
      if (!tsweb.is_number(reading.value)) return "–";
      const text = reading.trace.texts && reading.trace.texts[reading.at] !== undefined ? tsweb.label_text(reading.trace.texts[reading.at]) : this.value_text(reading.trace, reading.value);
      return text + (reading.trace.unit ? " " + reading.trace.unit : "");
    },

    show_tooltip(time_ms) {
      if (time_ms === null || !this.drawn) { this.tooltip.hidden = true; return; }
      const readings = this.readings(time_ms);
      const rows = readings.slice(0, MOST_ROWS).map((one) => {
        const swatch = el("span", { class: one.trace.bar ? "swatch filled" : "swatch" });
        if (typeof one.trace.color === "string") swatch.style.setProperty("--of", one.trace.color);
        return el("tr", {}, el("th", { scope: "row" }, swatch, one.trace.label), el("td", {}, this.reading_text(one)),
          readings.some((other) => other.other) ? el("td", { class: "when" }, one.other ? this.time_text(one.time_ms).slice(11) : "") : null);
      });
      const rest = readings.length - MOST_ROWS;
      this.tooltip.replaceChildren(el("p", {}, this.time_text(time_ms) + " " + this.zone), el("table", {}, el("tbody", {}, ...rows)),
        ...(rest > 0 ? [el("p", { class: "muted" }, "and " + rest + " more")] : []));
      this.tooltip.hidden = false;
      // On the side with more room, so that it never lies on what it tells of.
      const { xaxis, yaxis } = this.figure_box._fullLayout;
      const at = xaxis._offset + xaxis.l2p(time_ms), width = this.tooltip.offsetWidth, room = this.plot.clientWidth;
      const right = at + 14 + width <= room || at < room / 2;
      this.tooltip.style.left = Math.max(2, Math.min(room - width - 2, right ? at + 14 : at - 14 - width)) + "px";
      this.tooltip.style.top = Math.max(0, yaxis._offset) + "px";
    },

    // Where one series has no value, another has one close by: the question is about that moment.
    other_near(time_ms) {
      const axis = this.figure_box._fullLayout.xaxis;
      let best = Math.round(time_ms / 1000) * 1000, apart = NEAR_PX / 4;
      for (const trace of this.visible()) {
        const there = trace.times[tsweb.nearest(trace.times, time_ms)];
        const px = there === undefined ? Infinity : Math.abs(axis.l2p(there) - axis.l2p(time_ms));
        if (px < apart) { best = there; apart = px; }
      }
      return best;
    },

    // A click asks about the nearest point; where the line is interrupted, about the gap itself.
    ask_why_at(time_ms, y) {
      const full = this.figure_box._fullLayout;
      let best = null;
      for (const trace of this.visible()) {
        const at = this.place_near(trace, time_ms);
        if (at < 0) continue;
        const axis = full["yaxis" + String(trace.axis).slice(1)] || full.yaxis;
        const known = tsweb.is_number(trace.values[at]);
        const apart_x = trace.bar ? 0 : Math.abs(full.xaxis.l2p(trace.times[at]) - full.xaxis.l2p(time_ms));
        const apart_y = known ? Math.abs(axis._offset + axis.d2p(trace.values[at]) - y) : 80;
        const apart = Math.hypot(apart_x, trace.bar ? 0 : apart_y / 4);
        if (!best || apart < best.apart) best = { trace, apart, time_ms: known && apart_x < NEAR_PX ? trace.times[at] : this.other_near(time_ms) };
      }
      if (best) this.ask_why(best.trace, best.time_ms);
    },
  });
})(window.tsweb);
