// Clocks and ticks: which zone a chart is read in, and human steps of that zone's clock.
(function (tsweb) {
  "use strict";
  const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  const FIXED = [1, 2, 5, 10, 20, 50, 100, 200, 500, ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
    ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE), ...[1, 2, 3, 6, 12].map((n) => n * HOUR)];
  const DAYS = [1, 2, 7, 14];
  const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200];
  const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const LABEL_PX = 96, LEAST_PX = 56;
  const KEY = "tsweb-zone";

  tsweb.browser_zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

  let choice = "configured";
  try { choice = localStorage.getItem(KEY) || choice; } catch (error) { /* a private window forgets */ }
  tsweb.zone_choice = () => choice;
  tsweb.choose_zone = function (name) {
    choice = name;
    try { localStorage.setItem(KEY, name); } catch (error) { /* not remembered */ }
    document.dispatchEvent(new CustomEvent("tsweb:zone"));
  };
  tsweb.chosen_zone = (configured) => choice === "UTC" ? "UTC" : choice === "browser" ? tsweb.browser_zone() : configured || "UTC";

  const formats = new Map();

  // The face of a zone's clock, as if it were UTC: its milliseconds since 1970 by that clock.
  tsweb.face_ms = function (utc_ms, zone) {
    if (zone === "UTC") return utc_ms;
    if (!formats.has(zone)) {
      const parts = { hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", era: "short" };
      let format;
      try { format = new Intl.DateTimeFormat("en-US", { ...parts, timeZone: zone }); }
      catch (error) { format = new Intl.DateTimeFormat("en-US", { ...parts, timeZone: "UTC" }); }
      formats.set(zone, format);
    }
    const found = {};
    for (const part of formats.get(zone).formatToParts(new Date(utc_ms))) found[part.type] = part.value;
    const year = Number(found.year) * (found.era === "BC" ? -1 : 1) + (found.era === "BC" ? 1 : 0);
    const face = new Date(0);
    face.setUTCFullYear(year, Number(found.month) - 1, Number(found.day));
    face.setUTCHours(Number(found.hour), Number(found.minute), Number(found.second));
    return face.getTime() + ((Math.floor(utc_ms) % 1000) + 1000) % 1000;
  };

  // The moment at which the clock shows a face; where it shows none, the moment of the change.
  function moment_of(face_ms, zone) {
    let guess = face_ms;
    for (let i = 0; i < 3; i++) guess += face_ms - tsweb.face_ms(guess, zone);
    return guess;
  }

  function faces(from_ms, to_ms, zone, count) {
    const span = Math.max(1, to_ms - from_ms);
    const start = tsweb.face_ms(from_ms, zone), end = tsweb.face_ms(to_ms, zone);
    const found = [];
    const step = FIXED.find((one) => span / one <= count);
    if (step) {
      for (let face = Math.floor(start / step) * step - 2 * step; face <= end + 2 * step && found.length < 200; face += step) found.push(face);
      return [found, false];
    }
    const days = DAYS.find((one) => span / (one * DAY) <= count);
    if (days) {
      // As on the server: weeks start on Monday, two-day steps stand on even days counted from year 1.
      const number_of = (ms) => Math.floor(ms / DAY) + 719163, shift = days % 7 === 0 ? 1 : 0;
      let day = number_of(start);
      day -= (((day - shift) % days) + days) % days;
      for (; (day - 719163) * DAY <= end && found.length < 400; day += days) found.push((day - 719163) * DAY);
      return [found, true];
    }
    const months = MONTHS.find((one) => span / (one * 30.44 * DAY) <= count) || 1200;
    const first = new Date(start);
    let month = first.getUTCFullYear() * 12 + first.getUTCMonth();
    month -= ((month % months) + months) % months;
    for (; found.length < 400; month += months) {
      const at = Date.UTC(Math.floor(month / 12), month % 12, 1);
      if (!(at <= end)) break;
      found.push(at);
    }
    return [found, true];
  }

  const two = (number) => String(number).padStart(2, "0");

  function clock_text(at, step_ms) {
    const text = two(at.getUTCHours()) + ":" + two(at.getUTCMinutes());
    if (step_ms >= MINUTE) return text;
    const seconds = text + ":" + two(at.getUTCSeconds());
    return step_ms >= SECOND ? seconds : seconds + "." + String(at.getUTCMilliseconds()).padStart(3, "0");
  }

  // Ticks for plotly.js: UTC texts and their labels on the zone's clock.
  tsweb.zone_ticks = function (from_ms, to_ms, zone, width_px) {
    const count = Math.max(2, Math.min(40, width_px / LABEL_PX));
    const [shown, coarse] = faces(from_ms, to_ms, zone, count);
    const ticks = [];
    for (const face of shown) {
      const utc_ms = moment_of(face, zone);
      if (utc_ms >= from_ms && utc_ms < to_ms && !(ticks.length && utc_ms <= ticks[ticks.length - 1].utc_ms)) ticks.push({ utc_ms, at: new Date(tsweb.face_ms(utc_ms, zone)) });
    }
    const apart = ticks.length > 1 ? ticks[1].utc_ms - ticks[0].utc_ms : DAY;
    const texts = ticks.map(({ at }, place) => {
      const before = place ? ticks[place - 1].at : null;
      const year = at.getUTCFullYear(), same_year = before && before.getUTCFullYear() === year;
      if (coarse) {
        if (apart > 300 * DAY) return String(year);
        const text = NAMES[at.getUTCMonth()] + (apart >= 27 * DAY ? "" : " " + at.getUTCDate());
        return same_year ? text : text + "<br>" + year;
      }
      const text = clock_text(at, apart);
      if (before && Math.floor(before / DAY) === Math.floor(at / DAY)) return text;
      return text + "<br>" + NAMES[at.getUTCMonth()] + " " + at.getUTCDate() + (same_year ? "" : ", " + year);
    });
    return { tickmode: "array", tickvals: ticks.map((one) => tsweb.utc_text(one.utc_ms)), ticktext: texts };
  };

  // Of ticks for a wider chart every second, third … one. The new day or year of one that goes is said by the next.
  tsweb.fewer_ticks = function (axis, width_px) {
    const count = axis.tickvals.length, most = Math.max(2, Math.floor(width_px / LEAST_PX));
    if (!width_px || count <= most) return {};
    const every = Math.ceil(count / most), fewer = { tickvals: [], ticktext: [] };
    let below = "";
    axis.ticktext.forEach((text, at) => {
      if (text.includes("<br>")) below = text.slice(text.indexOf("<br>"));
      if (at % every) return;
      fewer.tickvals.push(axis.tickvals[at]);
      fewer.ticktext.push(text.includes("<br>") ? text : text + below);
      below = "";
    });
    return fewer;
  };

  const SPANS = [["1h", HOUR], ["6h", 6 * HOUR], ["1d", DAY], ["1w", 7 * DAY], ["1m", 30 * DAY], ["3m", 91 * DAY], ["1y", 365 * DAY], ["10y", 3652 * DAY]];

  // Periods worth a button in a window of that length: shorter than it, and not a mere sliver of it.
  tsweb.spans_within = (span_ms) => SPANS.filter(([, one]) => one < span_ms * 0.75 && one > span_ms / 400).slice(-3);
})(window.tsweb);
