// Completion: settings, their values, formulas, aliases of the text, and names from the live catalog.
(function (tsweb) {
  "use strict";
  const NAMED = { metric: "metric", entity: "entity", entities: "entity" };
  const ALIAS_IN_CALL = /\b(?:value|previous|detail|movavg|avg|average|max|maximum|min|minimum|sum|count|median|first|last|delta|counter|getValueWithOffset|getValueForDate|getMaximumValue|fred\.\w+)\(\s*['"]([^'"]*)$/;

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
      if (NAMED[name]) return this.names(section, sections, { kind: NAMED[name] }, setting[4], value_start);
      const row = words.by_key.get(name);
      const call = setting[4].match(ALIAS_IN_CALL);
      if (call) return this.aliases(text, "'", position.column - call[1].length);
      const formula = row && row.formula || ["value", "replacevalue", "alertexpression", "filter"].includes(name);
      const offered = [];
      if (row && row.values) {
        const piece = setting[4].match(/[^,]*$/)[0];
        const start = position.column - piece.trimStart().length;
        offered.push(...row.values.map((one) => ({ caption: one, value: one, insert: one, start, meta: "value", docText: row.help })));
      } else if (row && row.type === "boolean") {
        offered.push(...["true", "false"].map((one) => ({ caption: one, value: one, insert: one, start: value_start, meta: "value" })));
      }
      if (formula) offered.push(...this.formulas(words, position.column - line.match(/[\w.]*$/)[0].length));
      if (!offered.length && /alias|sort|hide|series/.test(name)) offered.push(...this.aliases(text, "", value_start));
      return offered;
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
      return ranked.map(({ row }) => ({
        caption: row.name, value: row.name, insert: row.name, ending: " = ", start, meta: row.idle ? "no effect yet" : "setting",
        docText: tsweb.describe(row), goes_on: Boolean(row.values || row.type === "boolean" || NAMED[row.key]),
      }));
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
