// Ace with our mode and the page's colours: marks, completion, hover help, fixes. No worker, no eval.
(function (tsweb) {
  "use strict";
  const MAX_KEPT_UNDO = 1_000_000;

  class Editor {
    constructor(host, area, { on_change, on_cursor, completer, help }) {
      this.markers = [];
      this.help = help;
      this.enter_writes_a_line();
      const box = document.createElement("div");
      host.append(box);
      ace.config.set("loadWorkerFromBlob", false);
      ace.config.set("useStrictCSP", false);
      this.ace = ace.edit(box, {
        value: area.value, useWorker: false, tabSize: 2, useSoftTabs: true, showPrintMargin: false, wrap: true,
        fontSize: 13, highlightActiveLine: true, scrollPastEnd: 0.3, enableKeyboardAccessibility: false,
        theme: { cssClass: "ace-tsweb", isDark: false, cssText: "" }, indentedSoftWrap: false, newLineMode: "unix",
        enableBasicAutocompletion: [completer], enableLiveAutocompletion: [completer], liveAutocompletionDelay: 60,
      });
      area.hidden = true;
      this.ace.session.setMode("ace/mode/tscharts");
      this.ace.session.setUndoManager(new (ace.require("ace/undomanager").UndoManager)());
      this.ace.textInput.getElement().setAttribute("aria-label", "Chart configuration");
      this.ace.on("change", () => { this.ask_again(completer); on_change(); });
      this.ace.commands.on("afterExec", ({ command, args }) => { if (command.name === "insertstring") this.open_list(completer, args); });
      this.ace.selection.on("changeCursor", tsweb.debounce(() => on_cursor(this.ace.getCursorPosition()), 80));
      this.leave_with_escape(host);
      this.explain_on_hover();
    }

    // Enter always makes a new line; Tab accepts what is offered. Said before Ace makes its list, which copies it.
    enter_writes_a_line() {
      const { Autocomplete } = ace.require("ace/autocomplete");
      const pass = (editor) => { editor.completer.detach(); return false; };
      Autocomplete.prototype.commands = { ...Autocomplete.prototype.commands, Return: pass, "Shift-Return": pass };
    }

    // A list that was cut short is asked for again with what has been typed since.
    ask_again(completer) {
      const popup = this.ace.completer;
      if (!completer.cut || !popup || !popup.activated) return;
      clearTimeout(this.asking);
      this.asking = setTimeout(() => { if (popup.activated) popup.updateCompletions(false); }, 120);
    }

    // Where only certain words fit (after "type = ", in value(', after "[") the list comes by itself.
    open_list(completer, typed) {
      if (!/^[\s,[='"]$/.test(typed)) return;
      const mine = this.opening = {};
      setTimeout(async () => {
        const at = this.ace.getCursorPosition();
        const opens = await completer.opens(this.ace.session, at);
        const now = this.ace.getCursorPosition();
        if (opens && mine === this.opening && this.ace.isFocused() && now.row === at.row && now.column === at.column) this.ace.execCommand("startAutocomplete");
      }, 0);
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

    explain_on_hover() {
      const { HoverTooltip } = ace.require("ace/tooltip");
      const tip = new HoverTooltip();
      tip.setDataProvider(async (event, editor) => {
        const position = event.getDocumentPosition();
        const found = await this.help(position);
        if (!found) return;
        const node = tsweb.el("div", { class: "hover-help" }, tsweb.el("b", {}, found.name), tsweb.el("p", {}, found.text));
        const Range = ace.require("ace/range").Range;
        tip.showForRange(editor, new Range(position.row, found.start, position.row, found.end), node, event);
      });
      tip.addToEditor(this.ace);
    }

    get text() { return this.ace.getValue(); }

    // Another text as one change that can be undone; the part that stays the same is left alone.
    replace_all(text) {
      const before = this.text;
      if (before === text) return;
      let start = 0, end = 0;
      const shortest = Math.min(before.length, text.length);
      while (start < shortest && before[start] === text[start]) start += 1;
      while (end < shortest - start && before[before.length - 1 - end] === text[text.length - 1 - end]) end += 1;
      const doc = this.ace.session.doc;
      const Range = ace.require("ace/range").Range;
      const range = Range.fromPoints(doc.indexToPosition(start), doc.indexToPosition(before.length - end));
      this.as_one_step(() => this.ace.session.replace(range, text.slice(start, text.length - end)));
    }

    as_one_step(change) {
      const session = this.ace.session;
      session.mergeUndoDeltas = false;
      session.getUndoManager().startNewGroup();
      change();
      session.getUndoManager().startNewGroup();
    }

    fix(one) {
      const Range = ace.require("ace/range").Range;
      const range = new Range(one.line - 1, one.column - 1, one.end_line - 1, one.end_column - 1);
      this.as_one_step(() => this.ace.session.replace(range, one.fix));
      this.ace.focus();
    }

    // What can be undone survives leaving the page and coming back in this tab.
    kept_undo() {
      const undo = JSON.stringify(this.ace.session.getUndoManager().toJSON());
      return { text: this.text, undo: undo.length > MAX_KEPT_UNDO ? null : undo, cursor: this.ace.getCursorPosition(), top: this.ace.session.getScrollTop() };
    }

    take_undo(kept) {
      if (!kept || kept.text !== this.text) return;
      if (kept.undo) {
        try { this.ace.session.getUndoManager().fromJSON(JSON.parse(kept.undo)); } catch (error) { /* begins anew */ }
      }
      this.ace.moveCursorToPosition(kept.cursor);
      this.ace.session.setScrollTop(kept.top);
    }

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
  }
  tsweb.Editor = Editor;
})(window.tsweb);
