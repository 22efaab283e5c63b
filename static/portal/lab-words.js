// What the editor knows by heart: settings, functions and sections with their explanations, asked for once.
(function (tsweb) {
  "use strict";

  tsweb.words_of = function (address) {
    let loading_words = null;
    function words() {
      loading_words = loading_words || fetch(address, { credentials: "same-origin" }).then((answer) => {
        if (!answer.ok) throw new Error("no words");
        return answer.json();
      }).then((found) => {
        found.by_key = new Map();
        for (const row of found.settings) for (const key of [row.key, ...(row.spellings || [])]) if (!found.by_key.has(key)) found.by_key.set(key, row);
        // Functions whose text is the alias of another series.
        found.takes_alias = new Set(found.functions.filter((one) => /\((?:[\d.]+, )?'/.test(one.call)).map((one) => one.name));
        found.by_name = new Map(found.functions.map((one) => [one.name, one]));
        found.calls = new Map(found.functions.filter((one) => one.call.includes("(")).map((one) => [one.name, one]));
        return found;
      });
      loading_words.catch(() => { loading_words = null; });
      return loading_words;
    }

    // What the word at a place of a line means: a section, a setting, or a function in a formula.
    async function help_in(line, column) {
      const known = await words().catch(() => null);
      if (!known) return null;
      const section = line.match(/^(\s*\[\s*)([\w-]+)\s*\]/);
      if (section) {
        const help = (known.sections || {})[section[2].toLowerCase()];
        return help ? { name: "[" + section[2].toLowerCase() + "]", text: help, short: help, start: section[1].length, end: section[1].length + section[2].length } : null;
      }
      const setting = line.match(/^(\s*)([\w][\w -]*?)\s*=/);
      if (setting && column <= setting[0].length) {
        const row = known.by_key.get(tsweb.text.normal(setting[2]));
        const start = setting[1].length;
        return row ? { name: row.name, text: tsweb.describe(row), short: row.help, start, end: start + setting[2].length } : null;
      }
      for (const found of line.matchAll(/[A-Za-z_][\w.]*/g)) {
        const start = found.index, end = start + found[0].length;
        if (column < start || column > end) continue;
        // "value" is a sample, "value('a')" the samples of another series.
        const names = /^\s*\(/.test(line.slice(end)) ? [known.calls, known.by_name] : [known.by_name];
        const last = found[0].split(".").pop();
        const one = names.map((map) => map.get(found[0]) || map.get(last)).find(Boolean);
        if (one && setting) return { name: one.call, text: one.help + "\n" + one.group, short: one.help, start, end };
      }
      return setting ? help_in(line, setting[1].length) : null;
    }

    return { words, help_in };
  };
})(window.tsweb);
