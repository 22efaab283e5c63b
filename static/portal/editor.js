// Ace with our mode and the page's colours: marks, completion, a place to jump to. No worker, no eval.
(function (tsweb) {
  "use strict";
  const NAMES = { metric: "metrics", entity: "entities" };

  function normal(name) { return name.toLowerCase().replace(/[^a-z]/g, ""); }

  class Editor {
    constructor(host, area, { on_change, words_address }) {
      this.words_address = words_address;
      this.words = null;
      this.markers = [];
      const box = document.createElement("div");
      host.append(box);
      ace.config.set("loadWorkerFromBlob", false);
      ace.config.set("useStrictCSP", false);
      this.ace = ace.edit(box, {
        value: area.value, useWorker: false, tabSize: 2, useSoftTabs: true, showPrintMargin: false, wrap: true,
        fontSize: 13, highlightActiveLine: true, scrollPastEnd: 0.3, enableKeyboardAccessibility: false,
        theme: { cssClass: "ace-tsweb", isDark: false, cssText: "" }, indentedSoftWrap: false,
        enableBasicAutocompletion: [{
          // Names hold hyphens and dots; without them only the last piece would be replaced.
          identifierRegexps: [/[\w.:@$\u00a2-\uffff-]/],
          getCompletions: (...given) => this.complete(...given),
        }],
      });
      area.hidden = true;
      this.ace.session.setMode("ace/mode/tscharts");
      this.ace.session.setUndoManager(new (ace.require("ace/undomanager").UndoManager)());
      this.ace.textInput.getElement().setAttribute("aria-label", "Chart configuration");
      this.ace.on("change", () => on_change());
      this.leave_with_escape(host);
    }

    // Tab writes two blanks; after Escape it moves on, so that nobody is caught in the editor.
    leave_with_escape(host) {
      let leaving = false;
      this.ace.commands.addCommand({
        name: "leaveNext", bindKey: "Esc", readOnly: true,
        exec: (editor) => { leaving = true; editor.exitMultiSelectMode && editor.exitMultiSelectMode(); editor.clearSelection(); },
      });
      host.addEventListener("keydown", (event) => {
        if (event.key === "Tab" && leaving) event.stopPropagation();
        if (event.key !== "Escape" && event.key !== "Shift") leaving = false;
      }, true);
    }

    get text() { return this.ace.getValue(); }

    mark(diagnostics) {
      const session = this.ace.session;
      const Range = ace.require("ace/range").Range;
      for (const marker of this.markers) session.removeMarker(marker);
      this.markers = diagnostics.filter((one) => one.line).map((one) => {
        const row = one.line - 1, column = (one.column || 1) - 1;
        let end_row = (one.end_line || one.line) - 1, end_column = (one.end_column || one.column + 1) - 1;
        if (end_row === row && end_column <= column) end_column = column + 1;
        return session.addMarker(new Range(row, column, end_row, end_column), "mark-" + one.severity, "text", true);
      });
      session.setAnnotations(diagnostics.filter((one) => one.line).map((one) => ({
        row: one.line - 1, column: (one.column || 1) - 1, text: one.message + (one.hint ? "\n" + one.hint : ""), type: one.severity,
      })));
    }

    // The list below grows and shrinks; the line that is being written stays visible.
    stay_in_view() {
      const lines = this.ace.container.clientHeight;
      this.ace.resize();
      if (this.ace.isFocused() && this.known_height !== lines) this.ace.renderer.scrollCursorIntoView();
      this.known_height = lines;
    }

    jump(line, column) {
      this.ace.gotoLine(line, Math.max(0, (column || 1) - 1), true);
      this.ace.focus();
    }

    async load_words() {
      if (!this.words) {
        const answer = await fetch(this.words_address, { credentials: "same-origin" });
        this.words = answer.ok ? await answer.json() : { settings: [], metrics: [], entities: [], tags: [] };
      }
      return this.words;
    }

    async complete(editor, session, position, prefix, answer) {
      let words;
      try { words = await this.load_words(); } catch (error) { return answer(null, []); }
      const line = session.getLine(position.row).slice(0, position.column);
      const offer = (names, about, ending) => names.map((name) => ({ caption: name, value: name + (ending || ""), meta: about }));
      const setting = line.match(/^\s*([^=]+?)\s*=\s*(.*)$/);
      if (/^\s*\[\w*$/.test(line)) return answer(null, offer(words.sections, "section", "]"));
      if (!setting) return answer(null, [...offer(words.settings, "setting", " = "), ...offer(words.tags, "tag", " = ")]);
      const kind = NAMES[normal(setting[1])];
      const choices = words.choices[normal(setting[1])];
      if (kind) return answer(null, offer(words[kind], setting[1]));
      if (choices) return answer(null, offer(choices, "value"));
      const aliases = [...session.getValue().matchAll(/^[ \t]*alias[ \t]*=[ \t]*(\S+)/gim)].map((found) => found[1]);
      return answer(null, [...offer([...new Set(aliases)], "alias"), ...offer(words.functions, "function")]);
    }
  }
  tsweb.Editor = Editor;
})(window.tsweb);
