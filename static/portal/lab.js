// The lab: text left, chart right; what can't be read never takes the last good chart away.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const lab = document.getElementById("lab");
  const list = document.getElementById("diagnostics");
  const result = document.getElementById("result");
  const held = document.getElementById("held");
  const status = document.getElementById("status");
  const title = document.getElementById("chart-title");
  const state = { address: lab.dataset.address, version: lab.dataset.version, mine: "mine" in lab.dataset, saved: null, round: 0 };

  function say(text, kind) {
    status.textContent = text;
    status.className = "status" + (kind ? " " + kind : "");
  }

  // --- diagnostics ------------------------------------------------------------------------------------------

  function show_diagnostics(diagnostics) {
    editor.mark(diagnostics);
    if (!diagnostics.length) { list.replaceChildren(el("p", { class: "fine" }, "No problems")); return; }
    const order = { error: 0, warning: 1, info: 2 };
    const sorted = [...diagnostics].sort((a, b) => order[a.severity] - order[b.severity] || a.line - b.line || a.column - b.column);
    list.replaceChildren(...sorted.slice(0, 200).map((one) => el("button", { type: "button", class: one.severity, onclick: () => editor.jump(one.line, one.column) },
      el("span", { class: "place" }, one.line + ":" + one.column), el("span", {}, el("span", { class: "hidden-visually" }, one.severity + ": "), one.message),
      one.hint ? el("span", { class: "hint" }, one.hint) : null)));
  }

  // A text with errors still draws what it can; when that is less than before, the last good chart stays.
  function on_answer(answer) {
    show_diagnostics(answer.diagnostics || []);
    editor.stay_in_view();
    const errors = (answer.diagnostics || []).filter((one) => one.severity === "error");
    if (errors.length && board.views.length) {
      held.textContent = "Line " + errors[0].line + ": " + errors[0].message + " — this is the last good chart.";
      result.classList.add("stale");
      return false;
    }
    result.classList.remove("stale");
    if (!(answer.widgets || []).length) {
      chart.replaceChildren(empty_result());
      board.views = [];
      board.places = null;
      return false;
    }
    chart.querySelectorAll(".empty.first").forEach((one) => one.remove());
    return true;
  }

  function empty_result() {
    return el("div", { class: "empty first" }, el("h2", {}, "The chart appears here"), el("p", {}, "Write a [widget] with a [series] that names a metric and an entity."));
  }

  function on_error(error) {
    held.textContent = error.message;
    result.classList.add("stale");
  }

  const chart = document.getElementById("chart");
  const board = new tsweb.Board(chart, { on_answer, on_error });
  const draw = () => board.draw(editor.text).catch(() => {});
  const redraw = tsweb.debounce(draw, 250);
  const editor = new tsweb.Editor(document.getElementById("editor"), document.getElementById("text"), {
    words_address: lab.dataset.words,
    on_change: () => { note_changes(); redraw(); },
  });
  state.saved = editor.text;

  function changed() { return editor.text !== state.saved; }
  function note_changes() { if (changed()) say("Not saved"); else say(state.version ? "Version " + state.version : ""); }

  // --- saving -----------------------------------------------------------------------------------------------

  async function save(fork) {
    const text = editor.text;
    const fresh = !state.version;
    say("Saving…");
    try {
      const saved = await tsweb.post_form(fresh ? lab.dataset.new : state.address, {
        config: text, title: title.value, base: state.version || "", fork: fork ? "1" : "0",
      });
      state.saved = text;
      if (fresh || fork || !state.mine) { window.location.assign(saved.url); return; }
      const same = String(saved.version) === state.version;
      state.version = String(saved.version);
      title.value = saved.title;
      document.title = saved.title + " · tsweb";
      if (!same) add_version(saved);
      history.pushState({}, "", saved.url);
      say(same ? "No changes since version " + saved.version : "Saved as version " + saved.version, "good");
    } catch (error) {
      say(error.message, "bad");
    }
  }

  function add_version(saved) {
    const items = document.querySelector(".versions ul");
    if (!items) return;
    items.querySelectorAll("[aria-current]").forEach((one) => one.removeAttribute("aria-current"));
    items.prepend(el("li", { "aria-current": "true" }, el("a", { href: saved.url }, "Version " + saved.version), el("span", { class: "muted small" }, "now")));
    const count = items.children.length;
    document.querySelector(".versions summary").textContent = count + (count === 1 ? " version" : " versions");
  }

  const save_button = document.getElementById("save");
  const fork_button = document.getElementById("fork");
  if (save_button) save_button.addEventListener("click", () => save(!state.mine));
  if (fork_button) fork_button.addEventListener("click", () => save(true));
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      if (save_button) save(!state.mine);
    }
  });
  window.addEventListener("beforeunload", (event) => { if (changed() && save_button) event.preventDefault(); });
  window.addEventListener("popstate", () => window.location.reload());

  // --- divider and keys ---------------------------------------------------------------------------------------

  const split = document.getElementById("split");
  const divider = document.getElementById("divider");

  function set_width(share) {
    const width = Math.min(75, Math.max(20, share));
    split.style.setProperty("--left", width + "%");
    divider.setAttribute("aria-valuenow", String(Math.round(width)));
    try { localStorage.setItem("tsweb-lab-width", String(width)); } catch (error) { /* not remembered */ }
    editor.ace.resize();
  }

  divider.addEventListener("pointerdown", (event) => {
    divider.setPointerCapture(event.pointerId);
    const move = (at) => set_width(((at.clientX - split.getBoundingClientRect().left) / split.clientWidth) * 100);
    divider.addEventListener("pointermove", move);
    divider.addEventListener("pointerup", () => divider.removeEventListener("pointermove", move), { once: true });
  });
  divider.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
    if (by) { event.preventDefault(); set_width(Number(divider.getAttribute("aria-valuenow")) + by); }
  });
  let remembered = 0;
  try { remembered = Number(localStorage.getItem("tsweb-lab-width")); } catch (error) { remembered = 0; }
  if (remembered) set_width(remembered);

  const keys = document.getElementById("keys");
  document.getElementById("keys-button").addEventListener("click", () => keys.showModal());

  draw();
})(window.tsweb);
