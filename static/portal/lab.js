// The lab: text left, chart right; what can't be read never takes the last good chart away.
(function (tsweb) {
  "use strict";
  const CHECK = "/api/charts/check";
  const PAUSE_MS = 200;
  const el = tsweb.el;
  const by_id = (id) => document.getElementById(id);
  const lab = by_id("lab"), list = by_id("diagnostics"), result = by_id("result"), held = by_id("held");
  const status = by_id("status"), title = by_id("chart-title"), about = by_id("about"), chart = by_id("chart");
  const save_button = by_id("save"), fork_button = by_id("fork");
  const state = {
    address: lab.dataset.address, key: lab.dataset.key, version: lab.dataset.version, head: lab.dataset.head, mine: "mine" in lab.dataset,
    from: lab.dataset.from, saved: null, saved_title: title.value,
  };

  function say(text, kind) {
    status.textContent = text;
    status.className = "status" + (kind ? " " + kind : "");
  }

  const { words, help_in } = tsweb.words_of(lab.dataset.words);
  const help_at = (position) => help_in(editor.ace.session.getLine(position.row), position.column);

  // --- diagnostics ------------------------------------------------------------------------------------------

  function show_diagnostics(diagnostics) {
    editor.mark(diagnostics);
    if (!diagnostics.length) { list.replaceChildren(el("p", { class: "fine" }, "No problems")); editor.stay_in_view(); return; }
    const order = { error: 0, warning: 1, info: 2 };
    const sorted = [...diagnostics].sort((a, b) => order[a.severity] - order[b.severity] || a.line - b.line || a.column - b.column);
    list.replaceChildren(...sorted.slice(0, 200).map((one) => el("div", { class: "finding " + one.severity },
      el("button", { type: "button", class: "jump " + one.severity, onclick: () => editor.jump(one.line, one.column) },
        el("span", { class: "place" }, one.line + ":" + one.column), el("span", {}, el("span", { class: "hidden-visually" }, one.severity + ": "), one.message),
        one.hint ? el("span", { class: "hint" }, one.hint) : null),
      one.fix !== undefined && one.fix !== null ? el("button", { type: "button", class: "button fix", title: "Replace with " + one.fix, onclick: () => editor.fix(one) }, "Fix") : null)));
    editor.stay_in_view();
  }

  const errors_in = (answer) => (answer.diagnostics || []).filter((one) => one.severity === "error");

  function hold(text, ...more) {
    held.replaceChildren(text, ...more);
    result.classList.add("stale");
  }

  // A server that can't be reached, or has too much to do, is asked again by itself, ever less often.
  let again_timer = 0, failures = 0;
  function fail(error) {
    clearTimeout(again_timer);
    const passes = !error.status || error.status === 429 || error.status >= 500;
    if (passes) again_timer = setTimeout(preview, Math.min(30_000, 1000 * 2 ** failures));
    failures = Math.min(5, failures + 1);
    hold("Not up to date: " + error.message + ". ", el("button", { type: "button", class: "button", onclick: () => preview() }, "Try again"));
  }

  // A text with errors still draws what it can; when that is less than before, the last good chart stays.
  function on_answer(answer) {
    const errors = errors_in(answer);
    // The answer to an older text (a live chart asks again by itself) says nothing about what stands there now.
    if (board.config !== editor.text) return (answer.widgets || []).length > 0 && !(errors.length && board.views.length);
    show_diagnostics(answer.diagnostics || []);
    if (errors.length && board.views.length) {
      hold("Line " + errors[0].line + ": " + errors[0].message + " — this is the last good chart.");
      return false;
    }
    result.classList.remove("stale");
    if (!(answer.widgets || []).length) { show_empty(); return false; }
    chart.querySelectorAll(".empty.first").forEach((one) => one.remove());
    return true;
  }

  function empty_result() {
    return el("div", { class: "empty first" }, el("h2", {}, "The chart appears here"), el("p", {}, "Write a [widget] with a [series] that names a metric and an entity."),
      el("a", { class: "button", href: lab.dataset.gallery }, "Start from an example"));
  }

  function show_empty() {
    board.clear();
    result.classList.remove("stale");
    chart.replaceChildren(empty_result());
  }

  // --- preview ----------------------------------------------------------------------------------------------

  const asked_now = new URLSearchParams(window.location.search).get("now");
  const now = asked_now && Number.isFinite(Date.parse(asked_now)) ? asked_now : null;
  const board = new tsweb.Board(chart, { on_answer, on_error: fail, now });
  let checking = null;

  // The text is checked at each pause; what is right is drawn. Nothing here is waited for by the keyboard.
  async function preview() {
    const text = editor.text;
    result.setAttribute("aria-busy", "true");
    clearTimeout(again_timer);
    if (checking) checking.abort();
    const mine = checking = new AbortController();
    try {
      // Nothing is written: that is no fault to be told, and no chart to be kept.
      if (!text.trim()) { failures = 0; show_diagnostics([]); show_empty(); return; }
      if (board.views.length) {
        const answer = await tsweb.post_json(CHECK, { config: text, ...(now ? { now } : {}) }, mine.signal);
        if (checking !== mine) return;
        show_diagnostics(answer.diagnostics || []);
        const errors = errors_in(answer);
        if (errors.length) {
          failures = 0;
          hold("Line " + errors[0].line + ": " + errors[0].message + " — this is the last good chart.");
          return;
        }
      }
      // What goes wrong here the board tells to "fail".
      await board.draw(text).then((answer) => { if (answer) failures = 0; }, () => {});
    } catch (error) {
      if (error.name !== "AbortError" && checking === mine) fail(error);
    } finally {
      if (checking === mine) {
        checking = null;
        if (editor.text === text) result.setAttribute("aria-busy", "false");
      }
    }
  }
  const preview_soon = tsweb.debounce(preview, PAUSE_MS);

  function shown_since() {
    const ranges = board.views.map((view) => view.home && view.home.start_ms).map((one) => typeof one === "string" ? Date.parse(one) : one).filter(Number.isFinite);
    return ranges.length ? Math.min(...ranges) : NaN;
  }

  const editor = new tsweb.Editor(by_id("editor"), by_id("text"), {
    completer: new tsweb.Completer({ words, names_address: lab.dataset.names, interval: shown_since }),
    help: help_at,
    on_change: () => { result.setAttribute("aria-busy", "true"); note_changes(); preview_soon(); outline_soon(); },
    on_cursor: async (position) => {
      const found = await help_at(position);
      about.replaceChildren(...(found ? [el("b", {}, found.name), " " + found.short] : []));
    },
  });
  state.saved = editor.text;

  // --- drafts and undo --------------------------------------------------------------------------------------

  const draft_area = by_id("draft");
  const drafts = new tsweb.Drafts({
    place: lab.dataset.place, user: lab.dataset.user, server: lab.dataset.draft || null,
    known: draft_area ? { text: draft_area.value, title: draft_area.dataset.title, at: Number(draft_area.dataset.at) } : null,
  });

  function changed() { return editor.text !== state.saved || title.value !== state.saved_title; }
  title.addEventListener("input", () => note_changes());
  function note_changes() {
    if (changed()) { say(drafts.keep(editor.text, title.value) ? "Not saved" : "Not saved, and this browser has no room for a draft"); return; }
    say(version_text());
    drafts.forget();
  }
  function version_text() {
    if (!state.version) return "";
    return "Version " + state.version + (state.head && state.head !== state.version ? " of " + state.head : "");
  }

  function offer_draft() {
    const found = drafts.found;
    const offered = by_id("draft-offer");
    const latest = !state.version || state.version === state.head;
    if (!found || found.text === editor.text || !latest) return;
    const close = () => { offered.hidden = true; offered.replaceChildren(); editor.ace.resize(); };
    const at = new Date(found.at);
    offered.replaceChildren(el("span", {}, "Unsaved changes from " + at.toISOString().slice(0, 16).replace("T", " ") + " UTC."),
      el("button", { class: "button", type: "button", onclick: () => { restore(found); close(); editor.ace.focus(); } }, "Restore"),
      el("button", { class: "button quiet", type: "button", onclick: () => { drafts.forget(); close(); } }, "Discard"));
    offered.hidden = false;
    editor.ace.resize();
  }

  function restore(found) {
    drafts.adopt();
    editor.replace_all(found.text);
    if (found.title && !title.readOnly) title.value = found.title;
    // Typed in this tab before the page was loaded again: what was done then can be undone too.
    if (undo && undo.text === found.text) editor.take_undo(undo);
  }

  const UNDO_KEY = "tsweb-undo";
  const here = window.location.pathname + window.location.search;
  function keep_undo(path) {
    try { sessionStorage.setItem(UNDO_KEY, JSON.stringify({ path, ...editor.kept_undo() })); } catch (error) { /* begins anew */ }
  }
  let undo = null;
  try { undo = JSON.parse(sessionStorage.getItem(UNDO_KEY)); } catch (error) { undo = null; }
  if (undo && undo.path !== here) undo = null;
  editor.take_undo(undo);
  let leaving_to = null;
  window.addEventListener("pagehide", () => keep_undo(leaving_to || window.location.pathname + window.location.search));

  // --- saving and versions ----------------------------------------------------------------------------------

  async function save(fork) {
    const text = editor.text;
    const fresh = !state.version;
    say("Saving…");
    await drafts.settled();
    try {
      const saved = await tsweb.post_form(fresh ? lab.dataset.new : state.address, {
        config: text, title: title.value, base: state.version || "", from: state.from || "", fork: fork ? "1" : "0", place: lab.dataset.place,
      });
      state.saved = text;
      const renamed = state.saved_title !== title.value;
      state.saved_title = title.value;
      drafts.forget();
      if (fresh || fork || !state.mine) { leaving_to = saved.url; window.location.assign(saved.url); return; }
      const same = String(saved.version) === state.head;
      show_version(String(saved.version), saved.url);
      state.head = String(saved.version);
      title.value = state.saved_title = saved.title;
      document.title = saved.title + " · tsweb";
      if (!same) add_version(saved);
      history.pushState({}, "", saved.url);
      say(!same ? "Saved as version " + saved.version : renamed ? "Renamed" : "No changes since version " + saved.version, "good");
    } catch (error) {
      say(error.message, "bad");
    }
  }

  const versions = by_id("versions");

  function add_version(saved) {
    const items = versions.querySelector("ul");
    items.prepend(el("li", { "data-number": saved.version }, el("a", { href: saved.url }, "Version " + saved.version), el("span", { class: "muted small" }, "now"),
      el("a", { class: "small against", href: "#" }, "Compare")));
    const count = items.children.length;
    versions.querySelector("summary").textContent = count + (count === 1 ? " version" : " versions");
    show_version(String(saved.version));
  }

  // The list knows which version is shown, and each other one can be compared with it.
  function show_version(number) {
    state.version = number;
    if (!versions) return;
    for (const item of versions.querySelectorAll("li")) {
      const here = item.dataset.number === number;
      if (here) item.setAttribute("aria-current", "true"); else item.removeAttribute("aria-current");
      const compare = item.querySelector(".against");
      compare.hidden = here;
      compare.href = lab.dataset.compare + "?left=" + state.key + "/" + item.dataset.number + "&right=" + state.key + "/" + number;
    }
  }

  // An older version comes into the same editor, so that going back is one undo.
  async function load_version(number, address) {
    try {
      const answer = await fetch(state.address + number + "/text/", { credentials: "same-origin" });
      if (!answer.ok) throw new Error("version " + number + " can't be read");
      const text = await answer.text();
      state.saved = text;
      show_version(number);
      editor.replace_all(text);
      if (address) history.pushState({}, "", address);
      note_changes();
    } catch (error) {
      say(error.message, "bad");
    }
  }

  if (versions) {
    versions.addEventListener("click", (event) => {
      const link = event.target.closest("li > a:first-child");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      load_version(link.parentElement.dataset.number, link.getAttribute("href"));
    });
    show_version(state.version);
  }
  window.addEventListener("popstate", () => {
    const number = window.location.pathname.match(/\/(\d+)\/$/);
    load_version(number ? number[1] : state.head, null);
  });

  if (save_button) save_button.addEventListener("click", () => save(!state.mine));
  if (fork_button) fork_button.addEventListener("click", () => save(true));
  window.addEventListener("beforeunload", (event) => { if (changed() && save_button && !leaving_to) event.preventDefault(); });

  // --- tools ------------------------------------------------------------------------------------------------

  const outline = by_id("outline");
  async function show_outline() {
    if (!outline.open) return;
    const known = await words().catch(() => ({ depths: {} }));
    const sections = tsweb.text.read_sections(editor.text, known.depths).filter((one) => one.name !== "tags" && one.name !== "tag");
    const items = sections.slice(0, 500).map((one) => el("li", {}, el("button", { type: "button", class: "depth-" + Math.min(4, one.depth), onclick: () => editor.jump(one.row + 1, 1) },
      el("span", { class: "kind" }, one.name), el("span", { class: "what" }, tsweb.text.title_of(one)), el("span", { class: "place" }, String(one.row + 1)))));
    outline.querySelector("ul").replaceChildren(...(items.length ? items : [el("li", { class: "muted small" }, "No sections yet")]));
  }
  const outline_soon = tsweb.debounce(show_outline, 300);
  outline.addEventListener("toggle", () => { show_outline(); editor.ace.resize(); });

  async function format() {
    const known = await words().catch(() => null);
    if (!known) return;
    const before = editor.ace.getCursorPosition();
    editor.replace_all(tsweb.text.format(editor.text, known.depths));
    editor.ace.moveCursorToPosition(before);
  }

  const run = (command) => () => { editor.ace.execCommand(command); };
  const keys = by_id("keys");
  const tools = {
    format, find: run("find"), replace: run("replace"),
    comment: () => { editor.ace.execCommand("togglecomment"); editor.ace.focus(); },
    undo: () => { editor.ace.undo(); editor.ace.focus(); }, redo: () => { editor.ace.redo(); editor.ace.focus(); },
    keys: () => keys.showModal(), download, upload: () => by_id("file").click(), full: full_screen,
  };
  for (const button of document.querySelectorAll("[data-tool]")) button.addEventListener("click", () => tools[button.dataset.tool]());
  editor.ace.commands.addCommand({ name: "formatText", bindKey: { win: "Shift-Alt-F", mac: "Shift-Option-F" }, exec: format });
  editor.ace.commands.addCommand({ name: "keyboardHelp", bindKey: "F1", readOnly: true, exec: tools.keys });
  // Ace's own outline of commands and go-to-line would open dialogs of another look.
  editor.ace.commands.removeCommands(["openCommandPalette", "showSettingsMenu"]);

  document.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "s") {
      event.preventDefault();
      if (save_button) save(!state.mine);
    } else if (event.key === "?" && !event.target.closest("input, textarea, select") && !keys.open) {
      event.preventDefault();
      keys.showModal();
    }
  });

  function download() {
    const name = (title.value || "chart").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "chart";
    const link = el("a", { href: URL.createObjectURL(new Blob([editor.text], { type: "text/plain" })), download: name + ".ls" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  async function take_file(file) {
    if (!file) return;
    if (file.size > Number(lab.dataset.limit)) { say("The file is longer than " + Math.round(lab.dataset.limit / 1024) + " KiB", "bad"); return; }
    const text = (await file.text()).replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
    if (text.includes("\0")) { say("This is not a text file", "bad"); return; }
    editor.replace_all(text);
    if (!title.value && !title.readOnly) title.value = file.name.replace(/\.\w+$/, "");
    editor.ace.focus();
  }
  by_id("file").addEventListener("change", (event) => { take_file(event.target.files[0]); event.target.value = ""; });
  lab.addEventListener("dragover", (event) => { if ([...event.dataTransfer.types].includes("Files")) event.preventDefault(); });
  lab.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length) { event.preventDefault(); take_file(event.dataTransfer.files[0]); }
  });

  function full_screen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (result.requestFullscreen) result.requestFullscreen().catch(() => result.classList.toggle("filling"));
  }

  // --- links and dashboards ---------------------------------------------------------------------------------

  const link_dialog = by_id("link-dialog");
  if (link_dialog) {
    const field = by_id("link-address"), freeze = by_id("link-freeze"), said = by_id("link-said");
    const fill = () => {
      const address = new URL(state.version ? state.address + state.version + "/" : window.location.pathname, window.location.origin);
      if (freeze.checked) address.searchParams.set("now", now || new Date().toISOString().slice(0, 19) + "Z");
      field.value = address.href;
      said.textContent = changed() ? "The text has changes that are not saved; the link shows version " + state.version + "." : "";
    };
    by_id("link").addEventListener("click", () => { fill(); link_dialog.showModal(); field.select(); });
    freeze.addEventListener("change", fill);
    by_id("link-relative").addEventListener("change", fill);
    by_id("link-copy").addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(field.value); said.textContent = "Copied"; }
      catch (error) { field.select(); said.textContent = "Press Ctrl C to copy"; }
    });
  }
  const fixed = by_id("fixed-time");
  if (now) {
    fixed.hidden = false;
    fixed.prepend("Time fixed at " + new Date(Date.parse(now)).toISOString().slice(0, 16).replace("T", " ") + " UTC ");
    fixed.querySelector("a").href = window.location.pathname;
  }

  const place_form = by_id("place-form");
  if (place_form) {
    place_form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = by_id("place-said");
      try {
        const placed = await tsweb.post_form(place_form.action, Object.fromEntries(new FormData(place_form)));
        said.replaceChildren("It is on ", el("a", { href: placed.url }, placed.title), ".");
      } catch (error) {
        said.textContent = error.message;
      }
    });
  }

  tsweb.set_up_divider(by_id("split"), by_id("divider"), () => editor.ace.resize());
  offer_draft();
  tsweb.lab = { editor, board, state };
  preview();
})(window.tsweb);
