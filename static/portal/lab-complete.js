// Completion: settings, their values, formulas, aliases of the text, and names from the live catalog.
(function (tsweb) {
  "use strict";
  const NAMED = { metric: "metric", entity: "entity", entities: "entity" };
  // A quote that is still open, first in a call or behind a number: percentile(95, 'a
  const TEXT_IN_CALL = /([A-Za-z_][\w.]*)\(\s*(?:[-+.\d]+\s*,\s*)?(['"])([^'"]*)$/;
  const CONTROL = ["import", "var", "endvar", "list", "endlist", "csv", "endcsv", "for", "endfor", "if", "elseif", "else", "endif", "script", "endscript", "expr", "endexpr"];
  const UNITS = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"];

  class Completer {
    // interval() gives the time in milliseconds from which the drawn chart shows samples.
    constructor({ words, names_address, interval }) {
      Object.assign(this, { words, names_address, interval });
      // Names hold hyphens, dots, slashes; without them only the last piece would be replaced.
      this.identifierRegexps = [/[\w.:@$/*\u00a2-\uffff-]/];
      this.seen = new Map();
      this.cut = false;
    }

    async getCompletions(editor, session, position, prefix, answer) {
      let found = [];
      try { found = await this.offers(session, position); } catch (error) { found = []; }
      answer(null, found.map((one, place) => ({ score: 1000 - place, completer: this, ...one })));
    }

    // What is replaced is everything typed since "start", not only the last word.
    insertMatch(editor, chosen) {
      const session = editor.session;
      const Range = ace.require("ace/range").Range;
      const end = editor.getCursorPosition();
      const line = session.getLine(end.row);
      const start = Math.min(chosen.start === undefined ? end.column : chosen.start, end.column);
      const closing = chosen.closing && line.slice(end.column).startsWith(chosen.closing) ? chosen.closing.length : 0;
      // "name =" stands there already: only the name is replaced.
      const written = chosen.ending && /^\s*=/.test(line.slice(end.column)) ? chosen.insert : chosen.insert + (chosen.ending || "");
      session.replace(new Range(end.row, start, end.row, end.column + closing), written + (chosen.closing || ""));
      if (chosen.back) editor.navigateLeft(chosen.back);
      if (chosen.goes_on) setTimeout(() => editor.execCommand("startAutocomplete"), 0);
    }

    async offers(session, position) {
      const words = await this.words();
      const line = session.getLine(position.row).slice(0, position.column);
      const text = session.getValue();
      const sections = tsweb.text.read_sections(text, words.depths);
      const section = tsweb.text.section_at(sections, position.row);
      this.cut = false;
      const bracket = line.match(/^(\s*\[)\s*([\w-]*)$/);
      if (bracket) {
        return Object.keys(words.depths).map((name) => ({ caption: name, value: name, insert: name, closing: "]", start: bracket[1].length, meta: "section" }));
      }
      const setting = line.match(/^(\s*)([^=]+?)(\s*=\s*)(.*)$/);
      if (!setting) return this.names_of_settings(words, section, line, sections);
      const value_start = setting[1].length + setting[2].length + setting[3].length;
      if (section && (section.name === "tags" || section.name === "tag")) {
        return this.names(section, sections, { kind: "value", tag: setting[2].trim().replace(/^"|"$/g, "") }, setting[4], value_start);
      }
      const name = tsweb.text.normal(setting[2]);
      if (NAMED[name]) {
        const last = setting[4].match(name === "entities" ? /[^,]*$/ : /.*$/)[0];
        return this.names(section, sections, { kind: NAMED[name] }, last, position.column - last.trimStart().length);
      }
      const row = words.by_key.get(name);
      const call = setting[4].match(TEXT_IN_CALL);
      if (call && words.takes_alias.has(call[1].split(".").pop())) return this.aliases(text, call[2], position.column - call[3].length);
      const formula = row && row.formula || ["value", "replacevalue", "alertexpression", "filter"].includes(name);
      const offered = [];
      if (row && row.values) {
        const piece = setting[4].match(/[^,]*$/)[0];
        const start = position.column - piece.trimStart().length;
        offered.push(...row.values.map((one) => ({ caption: one, value: one, insert: one, start, meta: "value", docText: row.help })));
      } else if (row && row.type === "boolean") {
        offered.push(...["true", "false"].map((one) => ({ caption: one, value: one, insert: one, start: value_start, meta: "value" })));
      }
      if (row && !formula) offered.push(...this.by_type(words, row, name, setting[4], position.column, value_start));
      if (formula) offered.push(...this.formulas(words, position.column - line.match(/[\w.]*$/)[0].length));
      if (!offered.length && /alias|sort|hide|series/.test(name)) offered.push(...this.aliases(text, "", value_start));
      return offered;
    }

    // Words of a kind of value: dates, periods, zones.
    by_type(words, row, name, written, column, value_start) {
      const offer = (list, start, meta) => list.map((one) => ({ caption: one, value: one, insert: one, start, meta }));
      if (name === "timezone") return offer(["UTC", ...Intl.supportedValuesOf("timeZone")], value_start, "zone");
      const counted = written.match(/(?:^|[\s*,+-])(?:\d+)\s*\*?\s*([a-z]*)$/i);
      if ((row.type === "interval" || row.type === "date") && counted) return offer(UNITS, column - counted[1].length, "unit");
      if (row.type === "date" && !/[+\d]/.test(written)) return offer(words.dates, value_start, "date");
      if (row.type === "interval" && !written.trim()) return offer(["1 minute", "5 minute", "15 minute", "1 hour", "1 day", "1 week", "1 month", "1 year"], value_start, "period");
      return [];
    }

    // Whether a list is worth opening by itself where something was just typed.
    async opens(session, position) {
      const line = session.getLine(position.row).slice(0, position.column);
      if (/^\s*\[$/.test(line)) return true;
      const setting = line.match(/^\s*([^=#[\]]+?)\s*=\s*(.*)$/);
      if (!setting) return false;
      const words = await this.words().catch(() => null);
      if (!words) return false;
      const call = setting[2].match(TEXT_IN_CALL);
      if (call && !call[3]) return words.takes_alias.has(call[1].split(".").pop());
      const name = tsweb.text.normal(setting[1]);
      const row = words.by_key.get(name);
      if (row && ["date", "interval"].includes(row.type) && /\d\s$/.test(setting[2])) return true;
      if (!/(?:^|,\s*)$/.test(setting[2])) return false;
      const section = tsweb.text.section_at(tsweb.text.read_sections(session.getValue(), words.depths), position.row);
      if (section && (section.name === "tags" || section.name === "tag")) return true;
      return Boolean(NAMED[name] || row && (row.values || ["boolean", "date", "interval"].includes(row.type) || name === "timezone"));
    }

    names_of_settings(words, section, line, sections) {
      const start = line.match(/^\s*/)[0].length;
      if (section && (section.name === "tags" || section.name === "tag")) {
        return this.names(section, sections, { kind: "tag" }, line.trim(), start, " = ");
      }
      const widget = section && tsweb.text.inherited(section, "type");
      const ranked = words.settings.map((row) => {
        const fits = !section || !row.sections || row.sections.includes(section.name) ? 2 : 0;
        const here = !widget || !row.widgets || row.widgets.includes(widget) ? 1 : -2;
        return { row, rank: fits + here - (row.idle ? 3 : 0) - (section && section.settings.has(row.key) ? 2 : 0) };
      });
      ranked.sort((a, b) => b.rank - a.rank || (a.row.name < b.row.name ? -1 : 1));
      const typed = line.trim().toLowerCase();
      const control = typed ? CONTROL.filter((one) => one.startsWith(typed)) : [];
      return [...control.map((one) => ({ caption: one, value: one, insert: one, ending: /^(?:end|else$)/.test(one) ? "" : " ", start, meta: "control" })), ...ranked.map(({ row }) => ({
        caption: row.name, value: row.name, insert: row.name, ending: " = ", start, meta: row.idle ? "no effect yet" : "setting",
        docText: tsweb.describe(row), goes_on: Boolean(row.values || ["boolean", "date", "interval"].includes(row.type) || NAMED[row.key] || row.key === "timezone"),
      }))];
    }

    formulas(words, start) {
      return words.functions.map((one) => {
        const quoted = one.call.indexOf("'");
        const called = one.call.endsWith(")");
        const insert = !called ? one.call : quoted < 0 ? one.call : one.call.slice(0, quoted) + "''" + (/, '/.test(one.call) && one.group === "Series" ? ")" : ")");
        const back = !called ? 0 : quoted < 0 ? 1 : 2;
        return { caption: one.call.replace(/\(.*$/, ""), value: one.name, insert, back, start, meta: one.group, docText: one.call + "\n" + one.help, goes_on: quoted >= 0 };
      });
    }

    aliases(text, closing, start) {
      const found = [...text.matchAll(/^[ \t]*alias[ \t]*=[ \t]*(\S.*?)[ \t]*$/gim)].map((one) => one[1]);
      return [...new Set(found)].map((name) => ({ caption: name, value: name, insert: name, closing: closing || undefined, start, meta: "alias" }));
    }

    // Names from the server: those that fit the metric and entity of this section.
    async names(section, sections, asked, typed, start, ending) {
      const query = new URLSearchParams({ ...asked, q: typed.trim() });
      const owner = section && (section.name === "tags" || section.name === "tag") ? section.above[section.above.length - 1] : section;
      if (asked.kind !== "metric") query.set("metric", tsweb.text.inherited(owner, "metric"));
      if (asked.kind !== "entity") query.set("entity", tsweb.text.inherited(owner, "entity"));
      const since = this.interval();
      if (Number.isFinite(since)) query.set("since", String(Math.round(since)));
      const key = query.toString();
      if (!this.seen.has(key)) {
        const answer = await fetch(this.names_address + "?" + key, { credentials: "same-origin" });
        if (!answer.ok) return [];
        if (this.seen.size > 200) this.seen.clear();
        this.seen.set(key, (await answer.json()).names);
      }
      const names = this.seen.get(key);
      this.cut = names.length >= 50;
      return names.map((one) => ({
        caption: one.name, value: one.name, start, ending, meta: one.fresh ? "has data" : asked.kind,
        insert: asked.kind === "tag" && !/^[\w.:/-]+$/.test(one.name) ? '"' + one.name + '"' : one.name,
        docText: one.about || null, goes_on: asked.kind === "tag",
      }));
    }
  }

  // A setting in words: what it does, what it takes, where it stands.
  tsweb.describe = function (row) {
    const lines = [row.help];
    if (row.values) lines.push("Values: " + row.values.join(", "));
    else if (row.type) lines.push("Type: " + row.type);
    if (row.default !== undefined) lines.push("Default: " + row.default);
    if (row.sections) lines.push("In: " + row.sections.map((one) => "[" + one + "]").join(" "));
    if (row.widgets) lines.push("Widgets: " + row.widgets.join(", "));
    if (row.idle) lines.push("Known, without effect here yet.");
    return lines.join("\n");
  };

  tsweb.Completer = Completer;
})(window.tsweb);
