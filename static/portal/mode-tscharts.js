// Highlighting of the charts language for Ace: sections, settings, control words, formulas, comments.
ace.define("ace/mode/tscharts_highlight_rules", ["require", "exports", "module", "ace/lib/oop", "ace/mode/text_highlight_rules"],
  function (require, exports) {
    "use strict";
    const oop = require("../lib/oop");
    const TextHighlightRules = require("./text_highlight_rules").TextHighlightRules;
    const CONTROL = "(?:import|var|endvar|list|endlist|csv|endcsv|for|endfor|if|elseif|else|endif|script|endscript|sql|endsql|expr|endexpr)";
    const FORMULA = "(?:value|replace-value|display|enabled|alert-expression|filter|script)";

    function Rules() {
      const common = [
        { token: "comment", regex: /\/\*/, push: "comment" },
        { token: "support.interpolation", regex: /[@$]\{[^}]*\}?/ },
      ];
      const expression = [
        { token: "string", regex: /'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?/ },
        { token: "constant.numeric", regex: /\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b/, caseInsensitive: true },
        { token: "constant.language", regex: /\b(?:true|false|null|undefined|NaN)\b/ },
        { token: "keyword", regex: /\b(?:if|else|return|var|in)\b/ },
        { token: "support.function", regex: /\b(?:Math\.)?[A-Za-z_]\w*(?=\s*\()/ },
        { token: "support.variable", regex: /\b(?:value|previousValue|time|previousTime)\b/ },
      ];
      const literal = [
        { token: "string", regex: /"(?:[^"\\]|\\.)*"?/ },
        { token: "constant.language", regex: /\b(?:true|false|yes|no|on|off|all|auto|now|null)\b/, caseInsensitive: true },
        { token: "constant.numeric", regex: /#[0-9a-f]{3,8}\b/, caseInsensitive: true },
        { token: "constant.numeric", regex: /\b\d{4}-\d{1,2}(?:-\d{1,2})?(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/ },
        { token: "constant.numeric", regex: /[-+]?\b\d+(?:\.\d+)?%?/ },
      ];
      this.$rules = {
        start: [
          { token: "comment", regex: /^\s*#.*$/ },
          ...common,
          { token: "section", regex: /^\s*\[\s*\w+\s*\]/ },
          { token: "invalid", regex: /^\s*\[[^\]]*$/ },
          { token: "keyword.control", regex: new RegExp("^\\s*" + CONTROL + "\\b"), caseInsensitive: true, next: "expression" },
          { token: ["text", "variable.parameter", "text"], regex: new RegExp("^(\\s*)(" + FORMULA + ")(\\s*=)"), caseInsensitive: true, next: "expression" },
          { token: ["text", "variable", "text"], regex: /^(\s*)("[^"]*"|[^=\[\]#]+?)(\s*=)/, next: "literal" },
        ],
        // A setting ends with its line.
        expression: [{ token: "text", regex: /$|^/, next: "start" }, ...common, ...expression],
        literal: [{ token: "text", regex: /$|^/, next: "start" }, ...common, ...literal],
        comment: [{ token: "comment", regex: /\*\//, next: "pop" }, { defaultToken: "comment" }],
      };
      this.normalizeRules();
    }
    oop.inherits(Rules, TextHighlightRules);
    exports.TsChartsHighlightRules = Rules;
  });

ace.define("ace/mode/tscharts", ["require", "exports", "module", "ace/lib/oop", "ace/mode/text", "ace/mode/tscharts_highlight_rules"],
  function (require, exports) {
    "use strict";
    const oop = require("../lib/oop");
    const TextMode = require("./text").Mode;
    const Rules = require("./tscharts_highlight_rules").TsChartsHighlightRules;

    function Mode() {
      this.HighlightRules = Rules;
      this.lineCommentStart = "#";
      this.blockComment = { start: "/*", end: "*/" };
      this.$id = "ace/mode/tscharts";
    }
    oop.inherits(Mode, TextMode);
    // Sections open one level; nothing closes by itself.
    Mode.prototype.getNextLineIndent = function (state, line, tab) {
      const indent = this.$getIndent(line);
      return /^\s*\[\w+\]\s*$/.test(line) ? indent + tab : indent;
    };
    exports.Mode = Mode;
  });
