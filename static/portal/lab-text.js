// What a configuration says, read roughly while it is typed: sections, settings, where the cursor stands.
// The server alone decides what is right; this never refuses a text.
(function (tsweb) {
  "use strict";
  const BLOCK_ENDS = { script: "endscript", list: "endlist", csv: "endcsv", var: "endvar", expr: "endexpr", sql: "endsql" };
  const INNER = /^(for|if|elseif|else|endfor|endif|import|var|endvar|list|endlist|csv|endcsv|script|endscript|expr|endexpr|sql|endsql)\b/i;

  const normal = (name) => {
    const plain = name.toLowerCase().replace(/[^a-z]/g, "");
    return { statistics: "statistic", hidecolumns: "hidecolumn" }[plain] || plain;
  };

  // The word that ends a block begun by this line; null when the line is whole by itself.
  function block_end(line) {
    const found = line.match(/^\s*(script|list|csv|var|expr|sql)\b(.*)$/i);
    if (!found) return null;
    const word = found[1].toLowerCase(), rest = found[2].trim();
    if (word === "script" || word === "expr" || word === "sql") return /^=/.test(rest) ? null : BLOCK_ENDS[word];
    if (word === "csv") return /\bfrom\b/i.test(rest) ? null : BLOCK_ENDS[word];
    if (word === "list") return /,\s*$/.test(rest) ? BLOCK_ENDS[word] : null;
    const open = (rest.match(/[[{(]/g) || []).length - (rest.match(/[\]})]/g) || []).length;
    return open > 0 ? BLOCK_ENDS[word] : null;
  }

  // Every line with its kind: blank, comment, section, setting, control or inside (part of a block).
  function read_lines(text) {
    let ending = null, comment = false;
    return text.split("\n").map((raw) => {
      const line = raw.trim();
      if (comment || line.startsWith("/*")) {
        const was = comment;
        comment = !line.slice(was ? 0 : 2).includes("*/");
        return { raw, kind: was ? "inside" : "comment" };
      }
      if (ending) {
        if (line.toLowerCase() === ending) { ending = null; return { raw, kind: "control" }; }
        return { raw, kind: "inside" };
      }
      if (!line) return { raw, kind: "blank" };
      if (line.startsWith("#")) return { raw, kind: "comment" };
      const section = line.match(/^\[\s*([\w-]+)\s*\]\s*$/);
      if (section) return { raw, kind: "section", name: section[1].toLowerCase() };
      if (INNER.test(line) && !/^(?:list|script|csv|expr|sql|if|else)[\w-]*\s*=/i.test(line)) {
        ending = block_end(line);
        return { raw, kind: "control", opens: /^(for|if)\b/i.test(line), closes: /^(endfor|endif)\b/i.test(line), middle: /^(else|elseif)\b/i.test(line) };
      }
      if (/^script\s*=?\s*$/i.test(line)) { ending = "endscript"; return { raw, kind: "control" }; }
      const at = raw.indexOf("=");
      if (at > 0) return { raw, kind: "setting", name: normal(raw.slice(0, at)), written: raw.slice(0, at).trim(), value: raw.slice(at + 1).trim() };
      return { raw, kind: "other" };
    });
  }

  // The sections in order, each with its settings, its depth and the sections above it.
  function read_sections(text, depths) {
    const found = [], open = [];
    let current = null;
    read_lines(text).forEach((line, row) => {
      if (line.kind === "section") {
        const depth = depths[line.name] === undefined ? 4 : depths[line.name];
        while (open.length && open[open.length - 1].depth >= depth) open.pop();
        current = { name: line.name, row, depth, settings: new Map(), above: [...open], end: row };
        open.push(current);
        found.push(current);
      } else if (line.kind === "setting" && current) {
        current.settings.set(line.name, { value: line.value, row, written: line.written });
      }
      if (current && line.kind !== "blank") current.end = row;
    });
    return found;
  }

  const section_at = (sections, row) => sections.filter((one) => one.row <= row).pop() || null;

  // A setting as it holds in a section: its own, or that of the nearest section above.
  function inherited(section, name) {
    if (!section) return "";
    for (const one of [section, ...[...section.above].reverse()]) {
      const setting = one.settings.get(name);
      if (setting && !(one.name === "tags" || one.name === "tag")) return setting.value;
    }
    return "";
  }

  function title_of(section) {
    const value = (name) => (section.settings.get(name) || { value: "" }).value;
    if (section.name === "widget") return [value("type") || "chart", value("title")].filter(Boolean).join(" · ");
    return value("label") || value("alias") || value("title") || value("metric") || value("value") || value("name") || "";
  }

  // --- format -----------------------------------------------------------------------------------------------

  // Indents by section and control, one blank on each side of the first "="; blocks and comments' words stay.
  function format(text, depths) {
    const shown = [];
    let level = 0, control = 0, blank = 0, free = false;
    const pad = (count) => "  ".repeat(Math.max(0, count));
    for (const line of read_lines(text)) {
      if (line.kind === "blank") { blank += 1; if (blank === 1 && shown.length) shown.push(""); continue; }
      blank = 0;
      if (line.kind === "inside" || line.kind === "other") { shown.push(line.raw.trimEnd()); continue; }
      if (line.kind === "section") {
        const depth = depths[line.name] === undefined ? 4 : depths[line.name];
        level = Math.max(0, depth - 1);
        free = true;
        shown.push(pad(level + control) + line.raw.trim());
        continue;
      }
      if (line.closes) control = Math.max(0, control - 1);
      const indent = pad((free ? level + 1 : 0) + control - (line.middle ? 1 : 0));
      if (line.kind === "setting") shown.push(indent + line.written + " =" + (line.value ? " " + line.value : ""));
      else shown.push(indent + line.raw.trim());
      if (line.opens) control += 1;
    }
    while (shown.length && !shown[shown.length - 1]) shown.pop();
    return shown.length ? shown.join("\n") + "\n" : "";
  }

  tsweb.text = { normal, read_lines, read_sections, section_at, inherited, title_of, format };
})(window.tsweb);
