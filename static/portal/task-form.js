// The form of a roll-up: aggregators as rows of fields, names from the catalog, and a word of warning.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const form = document.getElementById("task-form");
  const told = document.getElementById("all-wrong");
  const first_wrong = form.querySelector("[aria-invalid]");
  if (first_wrong) first_wrong.focus(); else if (told) told.focus();
  if (!form.elements.aggregators || form.elements.mode.value !== "form") return;

  const features = JSON.parse(document.getElementById("features").textContent);
  const wrong = JSON.parse(document.getElementById("wrong-steps").textContent);
  const by_name = new Map(features.aggregators.map((one) => [one.name, one]));
  const text = form.elements.aggregators;
  const place = document.getElementById("steps");
  // What one seldom changes stays out of the way until it is set.
  const SELDOM = new Set(["align_sampling", "align_start_time", "align_end_time", "start_time", "time_zone", "trim"]);
  const SECONDS = { MILLISECONDS: 0.001, SECONDS: 1, MINUTES: 60, HOURS: 3600, DAYS: 86400, WEEKS: 604800, MONTHS: 2592000, YEARS: 31536000 };
  let steps = [];

  // --- aggregators ----------------------------------------------------------------------------------------------

  function read() {
    try {
      const found = JSON.parse(text.value || "[]");
      return Array.isArray(found) && found.every((one) => one && typeof one === "object" && !Array.isArray(one)) ? found : null;
    } catch (error) { return null; }
  }

  function write() {
    text.value = JSON.stringify(steps, null, 2);
    warn();
  }

  const number_like = (type) => ["long", "int", "double"].includes(type);
  function valued(property, input) {
    if (input === "") return undefined;
    if (number_like(property.type) && !Number.isNaN(Number(input))) return Number(input);
    if (["array", "Object"].includes(property.type)) { try { return JSON.parse(input); } catch (error) { return input; } }
    return input;
  }
  const as_text = (value) => value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);

  function set(step, name, value) {
    if (value === undefined) delete step[name]; else step[name] = value;
    write();
  }

  function check(step, property) {
    const normal = property.defaultValue === "true";
    const given = step[property.name];
    const box = el("input", { type: "checkbox" });
    box.checked = given === undefined ? normal : given === true || given === "true";
    box.addEventListener("change", () => set(step, property.name, box.checked === normal ? undefined : box.checked));
    return el("label", { class: "check", title: property.description }, box, " ", property.label);
  }

  function length(step, property) {
    const given = step[property.name] && typeof step[property.name] === "object" ? step[property.name] : (step[property.name] = { value: 1, unit: "hours" });
    const count = el("input", { class: "field", type: "text", inputmode: "numeric", "aria-label": property.label + ": how many" });
    count.value = as_text(given.value);
    const unit = choice([...features.units], String(given.unit || "").toUpperCase(), property.label + ": unit of time");
    const told = () => { given.value = /^[+-]?\d{1,15}$/.test(count.value.trim()) ? Number(count.value) : count.value; given.unit = unit.value.toLowerCase(); set(step, property.name, given); };
    count.addEventListener("input", told);
    unit.addEventListener("change", told);
    return el("label", { title: property.description }, property.label, el("span", { class: "length" }, count, unit));
  }

  function choice(options, chosen, label) {
    if (!options.includes(chosen)) options.unshift(chosen);
    const select = el("select", { class: "field", "aria-label": label }, ...options.map((one) => el("option", { value: one }, one.toLowerCase())));
    select.value = chosen;
    return select;
  }

  function control(step, property) {
    if (property.properties) return length(step, property);
    if (property.type === "boolean") return check(step, property);
    if (property.type === "enum") {
      const select = choice([...property.options], as_text(step[property.name]) || property.defaultValue, property.label);
      select.addEventListener("change", () => set(step, property.name, select.value));
      return el("label", { title: property.description }, property.label, select);
    }
    const input = property.multiline
      ? el("textarea", { class: "field mono", rows: 4, spellcheck: "false" })
      : el("input", { class: "field", type: "text", autocomplete: "off" });
    input.value = as_text(step[property.name]);
    input.addEventListener("input", () => set(step, property.name, valued(property, input.value)));
    const broad = property.multiline || ["array", "Object"].includes(property.type);
    return el("label", { class: broad ? "broad" : null, title: property.description }, property.label, input);
  }

  function defaults(name) {
    const fresh = { name };
    for (const property of (by_name.get(name) || { properties: [] }).properties) {
      if (property.properties) fresh[property.name] = { value: 1, unit: "hours" };
      else if (property.type === "boolean") { if (property.name === "align_sampling") fresh.align_sampling = true; }
      else if (!property.optional && property.defaultValue && property.type !== "array") fresh[property.name] = valued(property, property.defaultValue);
    }
    // KairosDB's own default would make everything 0.
    if (name === "scale") fresh.factor = 1;
    return fresh;
  }

  function row(step, at) {
    const feature = by_name.get(step.name);
    const names = features.aggregators.map((one) => one.name);
    const select = choice(names, as_text(step.name), "Aggregator " + (at + 1));
    select.addEventListener("change", () => {
      const fresh = defaults(select.value);
      // A sampling that was chosen holds for the next aggregator too.
      if (fresh.sampling && step.sampling) fresh.sampling = step.sampling;
      steps[at] = fresh;
      forget(at);
      draw(at);
    });
    const tool = (name, label, action, off) => {
      const button = el("button", { class: "button quiet", type: "button", "aria-label": name + " aggregator " + (at + 1), disabled: off || null }, label);
      button.addEventListener("click", action);
      return button;
    };
    const move = (by) => { [steps[at], steps[at + by]] = [steps[at + by], steps[at]]; forget(); draw(at + by); };
    const properties = feature ? feature.properties : [];
    const often = properties.filter((one) => !SELDOM.has(one.name) || !one.type.startsWith("bool") && !one.optional);
    const seldom = properties.filter((one) => !often.includes(one));
    const shown = seldom.filter((one) => step[one.name] !== undefined && String(step[one.name]) !== String(one.defaultValue));
    const more = seldom.length ? el("details", { open: shown.length ? true : null }, el("summary", {}, "Alignment"), el("div", { class: "settings" }, ...seldom.map((one) => control(step, one)))) : null;
    return el("div", { class: "step", role: "group", "aria-label": "Aggregator " + (at + 1) },
      el("header", {}, el("span", { class: "number" }, at + 1 + "."), select, el("span", { class: "tools" },
        tool("Move up", "↑", () => move(-1), at === 0), tool("Move down", "↓", () => move(1), at === steps.length - 1),
        tool("Remove", "Remove", () => { steps.splice(at, 1); forget(); draw(Math.max(at - 1, 0)); }))),
      el("p", { class: "about" }, feature ? feature.description : "This aggregator is not known here."),
      often.length ? el("div", { class: "settings" }, ...often.map((one) => control(step, one))) : null, more,
      ...(wrong[at] || []).map((one) => el("p", { class: "wrong" }, one)));
  }

  // What was said about rows holds no longer when they change places.
  function forget(at) {
    for (const key of Object.keys(wrong)) if (at === undefined || Number(key) === at) delete wrong[key];
  }

  function draw(focused) {
    const add = el("button", { class: "button", type: "button" }, steps.length ? "Then another aggregator" : "Add an aggregator");
    add.addEventListener("click", () => { steps.push(defaults(steps.length ? "scale" : "sum")); draw(steps.length - 1); });
    place.replaceChildren(...steps.map(row), el("div", {}, add));
    write();
    if (focused !== undefined) (place.querySelectorAll(".step select")[0] && place.querySelectorAll(".step")[focused] ? place.querySelectorAll(".step")[focused].querySelector("select") : add).focus();
  }

  const found = read();
  if (found) {
    steps = found;
    place.hidden = false;
    document.getElementById("steps-text").hidden = true;
    draw();
  }

  // --- the interval and the periods -----------------------------------------------------------------------------

  function warn() {
    const note = document.getElementById("too-often");
    const last = steps.filter((one) => features.ranges.includes(one.name) && one.sampling).pop();
    const every_s = Number(form.elements.every_value.value) * SECONDS[form.elements.every_unit.value];
    const period_s = last ? Number(last.sampling.value) * SECONDS[String(last.sampling.unit).toUpperCase()] : NaN;
    note.hidden = !(every_s > 0 && every_s < period_s);
    const words = last ? last.sampling.value + " " + String(last.sampling.unit).toLowerCase() : "";
    note.textContent = note.hidden ? "" : "A period is " + words + " long, so each is computed about " + Math.ceil(period_s / every_s).toLocaleString("en") +
      " times while it is open, and its point is preliminary until it ends.";
  }
  for (const name of ["every_value", "every_unit"]) form.elements[name].addEventListener("input", warn);
  warn();

  // --- names ----------------------------------------------------------------------------------------------------

  const metric = form.elements.metric;
  const names = async (query) => {
    try {
      const response = await fetch(form.dataset.names + "?" + new URLSearchParams(query), { headers: { Accept: "application/json" } });
      return response.ok ? (await response.json()).names : [];
    } catch (error) { return []; }
  };
  const complete = tsweb.debounce(async () => {
    const found_names = await names({ kind: "metric", q: metric.value });
    document.getElementById("metric-names").replaceChildren(...found_names.map((one) => el("option", { value: one.name }, one.about)));
  }, 200);
  metric.addEventListener("input", complete);
  metric.addEventListener("focus", complete, { once: true });

  // The names proposed follow the metric until they are written by hand.
  let proposed = metric.value ? metric.value + "_rollup" : "";
  metric.addEventListener("input", () => {
    const next = metric.value.trim() ? metric.value.trim() + "_rollup" : "";
    for (const name of ["save_as", "name"]) if (form.elements[name].value === proposed || !form.elements[name].value) form.elements[name].value = next;
    proposed = next;
  });

  const offers = document.getElementById("tag-offers");
  const offer_tags = tsweb.debounce(async () => {
    const found_tags = metric.value.trim() ? await names({ kind: "tag", metric: metric.value.trim(), q: "" }) : [];
    const add = (name) => {
      const field = form.elements.group_by;
      const given = field.value.split(",").map((one) => one.trim()).filter(Boolean);
      if (!given.includes(name)) field.value = [...given, name.replace(/([\\,=])/g, "\\$1")].join(", ");
      field.focus();
    };
    offers.hidden = !found_tags.length;
    offers.replaceChildren(...(found_tags.length ? ["Its tags:", ...found_tags.slice(0, 12).map((one) => {
      const button = el("button", { type: "button", "aria-label": "One result for each " + one.name }, one.name);
      button.addEventListener("click", () => add(one.name));
      return button;
    })] : []));
  }, 250);
  metric.addEventListener("input", offer_tags);
  offer_tags();

  if (Intl.supportedValuesOf) {
    document.getElementById("zone-names").replaceChildren(...["UTC", ...Intl.supportedValuesOf("timeZone")].map((one) => el("option", { value: one })));
  }
})(window.tsweb);
