// The keyboard: arrows walk the points and say them, other keys zoom, pan, show the table, ask why.
(function (tsweb) {
  "use strict";

  Object.assign(tsweb.ChartView.prototype, {
    on_key(event) {
      if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return;
      const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], Home: [-Infinity, 0], End: [Infinity, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      const others = {
        t: () => this.toggle_table(), T: () => this.toggle_table(), "+": () => this.zoom_by(0.5), "=": () => this.zoom_by(0.5),
        "-": () => this.zoom_by(2), 0: () => this.zoom(null), f: () => this.toggle_full(), F: () => this.toggle_full(),
        Enter: () => this.why_at_cursor(), Escape: () => this.leave(),
      };
      const panning = event.shiftKey && { ArrowLeft: -0.25, ArrowRight: 0.25 }[event.key];
      const action = panning ? () => this.pan(panning) : steps[event.key] ? () => this.walk(...steps[event.key]) : others[event.key];
      // Where nothing is drawn there is nothing to walk and no table; a zoom that led here goes back.
      if (!action || !this.traces || (this.nothing && !["0", "-", "Escape", "f", "F"].includes(event.key) && !panning)) return;
      event.preventDefault();
      action();
    },

    leave() {
      if (!this.why.hidden) { this.close_why(); return; }
      this.marker.hidden = true;
      this.cursor = null;
      this.spoken.textContent = "";
      this.point_out(null);
      this.element.blur();
    },

    why_at_cursor() {
      const trace = this.cursor && this.visible().find((one) => one.key === this.cursor.key);
      if (trace) this.ask_why(trace, this.cursor.time_ms);
    },

    walk(by, series_by) {
      const shown = this.visible();
      if (!shown.length) return;
      const before = this.cursor ? shown.findIndex((one) => one.key === this.cursor.key) : -1;
      const trace = shown[before < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, before + series_by))];
      const [from, to] = this.limits();
      const known = [];
      trace.values.forEach((value, at) => { if (tsweb.is_number(value) && trace.times[at] >= from && trace.times[at] < to) known.push(at); });
      if (!known.length) { this.spoken.textContent = trace.label + " has no points here"; return; }
      let at = by < 0 && !this.cursor ? known.length - 1 : 0;
      if (this.cursor) {
        const times = known.map((one) => trace.times[one]);
        at = tsweb.nearest(times, this.cursor.time_ms);
        if (Number.isFinite(by)) at = Math.max(0, Math.min(known.length - 1, at + by));
      }
      if (by === -Infinity) at = 0;
      if (by === Infinity) at = known.length - 1;
      const place = known[at], time_ms = trace.times[place];
      const total = trace.meta.samples_total > trace.times.length ? " drawn, of " + trace.meta.samples_total.toLocaleString("en-US") + " samples" : "";
      this.cursor = { key: trace.key, time_ms };
      this.spoken.textContent = trace.label + ": " + this.reading_text({ trace, at: place, value: trace.values[place] }) +
        " at " + this.time_text(time_ms) + " " + this.zone + ", point " + (at + 1) + " of " + known.length + total;
      this.place_cursor();
      this.show_crosshair(time_ms);
      this.board.point_at(this, time_ms);
    },

    // The ring around the point that was walked to; it moves along when the picture is drawn anew.
    place_cursor() {
      const trace = this.cursor && this.drawn && this.visible().find((one) => one.key === this.cursor.key);
      const at = trace ? trace.times.indexOf(this.cursor.time_ms) : -1;
      this.marker.hidden = true;
      if (at < 0 || !tsweb.is_number(trace.values[at])) return;
      const full = this.figure_box._fullLayout;
      const axis = full["yaxis" + String(trace.axis).slice(1)] || full.yaxis;
      const left = full.xaxis.l2p(this.cursor.time_ms), top = axis.d2p(trace.values[at]);
      if (left < -1 || left > full.xaxis._length + 1) return;
      this.marker.hidden = false;
      Object.assign(this.marker.style, { left: full.xaxis._offset + left + "px", top: axis._offset + top + "px" });
    },
  });
})(window.tsweb);
