// Drop-downs in the head of a widget. A choice goes to the server with the next request; the server puts it
// into the configuration, so that what is drawn is what the text would give with that value.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;

  // What was chosen on a board, by the keys the server gave; nothing while nothing was.
  tsweb.choices_of = (board) => board.choices && Object.keys(board.choices).length ? { choices: { ...board.choices } } : {};

  tsweb.show_dropdowns = function (board, view, widget) {
    const given = board.compact ? [] : widget.dropdowns || [];
    if (!given.length) {
      if (view.dropdown_box) { view.dropdown_box.remove(); view.dropdown_box = null; }
      return;
    }
    if (!view.dropdown_box) {
      view.dropdown_box = el("div", { class: "dropdowns" });
      const head = view.element.querySelector("header");
      if (head) head.after(view.dropdown_box); else view.element.prepend(view.dropdown_box);
    }
    const held = view.dropdown_box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    view.dropdown_box.replaceChildren(...given.map((one) => dropdown(board, one)));
    if (held) for (const list of view.dropdown_box.querySelectorAll("select")) if (list.dataset.key === held) list.focus();
  };

  function dropdown(board, one) {
    const name = (one.field || "value").split(".").pop().replace(/[-_]/g, " ");
    const list = el("select", { class: "field", "data-key": one.key, onchange: () => choose(board, one.key, list.value) },
      ...one.options.map((option, at) => el("option", { value: option.value, selected: at === one.chosen }, option.text || option.value || "–")));
    if (one.chosen !== null) list.selectedIndex = one.chosen;
    return el("label", {}, el("span", { class: "muted" }, name), list);
  }

  function choose(board, key, value) {
    board.choices = { ...(board.choices || {}), [key]: value };
    board.load().catch(() => {});
  }
})(window.tsweb);
