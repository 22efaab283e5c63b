// Columns of a figure as plain arrays, and numbers and times as texts.
(function (tsweb) {
  "use strict";

  const TYPES = {
    f8: Float64Array, f4: Float32Array, i4: Int32Array, u4: Uint32Array, i2: Int16Array, u2: Uint16Array,
    i1: Int8Array, u1: Uint8Array,
  };

  // plotly.js takes {dtype, bdata}; the table, the legend and the keyboard need the numbers.
  tsweb.column = function (given) {
    if (!given) return [];
    if (Array.isArray(given) || ArrayBuffer.isView(given)) return given;
    const kind = TYPES[given.dtype];
    if (!kind || typeof given.bdata !== "string") return [];
    const text = atob(given.bdata);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new kind(bytes.buffer);
  };

  tsweb.is_number = (value) => typeof value === "number" && Number.isFinite(value);

  // Points stand at UTC milliseconds; plotly.js gives ranges back as UTC texts without a zone.
  tsweb.utc_ms = function (value) {
    if (typeof value === "number") return value;
    const text = String(value).trim().replace(" ", "T");
    return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) || text.length <= 10 ? text : text + "Z");
  };

  // The same time as plotly.js draws it unchanged, whatever zone the browser is in.
  tsweb.utc_text = (utc_ms) => new Date(utc_ms).toISOString().replace("T", " ").replace("Z", "");

  const clocks = new Map();

  function clock_of(zone) {
    if (!clocks.has(zone)) {
      const parts = {
        hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
        second: "2-digit",
      };
      let clock;
      try { clock = new Intl.DateTimeFormat("sv-SE", { ...parts, timeZone: zone }); }
      catch (error) { clock = new Intl.DateTimeFormat("sv-SE", { ...parts, timeZone: "UTC" }); }
      clocks.set(zone, clock);
    }
    return clocks.get(zone);
  }

  // "2018-05-24 12:00:00" on the clock of a zone.
  tsweb.time_text = function (utc_ms, zone) {
    if (!Number.isFinite(utc_ms)) return "";
    const rest_ms = ((Math.floor(utc_ms) % 1000) + 1000) % 1000;
    const text = clock_of(zone || "UTC").format(new Date(utc_ms));
    return rest_ms ? text + "." + String(rest_ms).padStart(3, "0") : text;
  };

  // Labels arrive escaped for plotly.js; as plain texts they are read by a parser that runs nothing.
  const parser = new DOMParser();
  tsweb.label_text = function (markup) {
    const text = String(markup || "").replace(/<br\s*\/?>/gi, " ");
    return parser.parseFromString(text, "text/html").documentElement.textContent;
  };

  const plain = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });
  const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

  // Six significant digits, thousands separated; the whole part is never rounded.
  tsweb.number_text = function (value) {
    if (!tsweb.is_number(value)) return "–";
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-6 || size >= 1e15)) return value.toExponential(5).replace(/\.?0+e/, "e");
    const text = size >= 1e6 ? whole.format(value) : plain.format(value);
    return text.replace("-", "\u2212");
  };

  // The part of d3's number formats that figures use: ",.1f" ",.6~r" ".2~%" "~s"; null when it is another.
  const PREFIXES = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

  function in_d3(value, pattern) {
    const found = /^(,)?(?:\.(\d+))?(~)?([fr%sg])$/.exec(pattern);
    if (!found || !tsweb.is_number(value)) return null;
    const useGrouping = Boolean(found[1]), digits = found[2] === undefined ? 6 : Math.min(15, Number(found[2])), trim = Boolean(found[3]);
    const fixed = { useGrouping, maximumFractionDigits: digits, minimumFractionDigits: trim ? 0 : digits };
    const significant = { useGrouping, maximumSignificantDigits: Math.max(1, digits), minimumSignificantDigits: trim ? 1 : Math.max(1, digits) };
    const write = (number, options) => new Intl.NumberFormat("en-US", options).format(number).replace("-", "\u2212");
    if (found[4] === "f") return write(value, fixed);
    if (found[4] === "%") return write(value * 100, fixed) + "%";
    if (found[4] === "s") {
      const prefix = PREFIXES.find(([size]) => Math.abs(value) >= size) || [1, ""];
      return write(value / prefix[0], significant) + prefix[1];
    }
    return found[4] === "r" ? write(value, significant) : null;
  }

  // A number the way the hover of its trace says it, without the unit.
  tsweb.trace_text = function (value, template) {
    const found = /^([^%]{0,12})%\{y:([^}]+)\}([^ <]{0,12})/.exec(template || "");
    const text = found ? in_d3(value, found[2]) : null;
    return text === null ? tsweb.number_text(value) : tsweb.label_text(found[1]) + text + tsweb.label_text(found[3]);
  };

  // Last, least, greatest and mean of what lies between two clock times.
  tsweb.summary = function (times, values, from_ms, to_ms) {
    const found = { count: 0, last: NaN, min: Infinity, max: -Infinity, mean: NaN };
    let sum = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!tsweb.is_number(value) || times[i] < from_ms || times[i] > to_ms) continue;
      found.count += 1;
      found.last = value;
      sum += value;
      if (value < found.min) found.min = value;
      if (value > found.max) found.max = value;
    }
    if (found.count) found.mean = sum / found.count;
    return found;
  };
})(window.tsweb);
