// Pages of tasks that keep themselves up to date: the server says which parts have changed, and when to ask again.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;

  // --- parts that change by themselves --------------------------------------------------------------------------

  const shown = new Map();
  const parsed = (html) => {
    const holder = document.createElement("template");
    // Our own server's templates, in which every text is escaped.
    holder.innerHTML = html.trim();
    return holder.content.firstElementChild;
  };
  const opened = (node) => [...node.querySelectorAll("details[open][data-kept]")].map((one) => one.dataset.kept);

  // What has the focus keeps it: by its id, or by the address it leads to.
  function refocus(node, before) {
    if (!before) return;
    const same = (before.id && document.getElementById(before.id)) ||
      (before.href && [...node.querySelectorAll("a")].find((one) => one.href === before.href));
    if (same) same.focus({ preventScroll: true });
  }

  function replace(id, html) {
    const old = document.getElementById(id);
    if (!old || shown.get(id) === html) return;
    const is_first = !shown.has(id);
    shown.set(id, html);
    const node = parsed(html);
    if (!node || (is_first && node.isEqualNode(old))) return;
    if (id === "task-preview") { redraw(old, node); return; }
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const open = opened(old);
    old.replaceWith(node);
    for (const one of node.querySelectorAll("details[data-kept]")) one.open = open.includes(one.dataset.kept);
    refocus(node, focused);
  }

  // --- the chart of what is stored ------------------------------------------------------------------------------

  let board = null;
  function draw_preview() {
    const host = document.querySelector("[data-preview]");
    if (!host) return;
    if (!board || board.host !== host) board = new tsweb.Board(host);
    board.draw(host.dataset.preview).catch(() => {});
  }
  function redraw(old, node) {
    const before = old.querySelector("[data-preview]");
    const after = node.querySelector("[data-preview]");
    if (!after) return;
    document.getElementById("open-lab").hidden = false;
    if (before) before.dataset.preview = after.dataset.preview; else old.replaceChildren(after);
    // Who has zoomed in is looking at something: it stays.
    if (!board || !board.windows.size) draw_preview();
  }
  draw_preview();

  const live = document.querySelector("[data-poll]");
  if (live) {
    let timer = 0, failures = 0, asking = false;
    const later = (wait_ms) => { clearTimeout(timer); if (!document.hidden) timer = setTimeout(ask, wait_ms); };

    async function ask() {
      if (document.hidden || asking) return;
      asking = true;
      try {
        const response = await fetch(live.dataset.poll, { credentials: "same-origin", headers: { Accept: "application/json" } });
        if (response.status === 404) { gone(); return; }
        if (!response.ok) throw new Error(String(response.status));
        const answer = await response.json();
        failures = 0;
        for (const [id, html] of Object.entries(answer.parts)) replace(id, html);
        compare_rows(Object.keys(answer.parts));
        live.dataset.polled = String(Number(live.dataset.polled || 0) + 1);
        later(answer.again_ms);
      } catch (error) {
        // The server may be starting again; it is asked less and less often.
        failures += 1;
        later(Math.min(60000, 5000 * 2 ** failures));
      } finally { asking = false; }
    }

    // Rows that came or went would push away what is being read: that is said, not done.
    function compare_rows(ids) {
      const note = document.getElementById("list-changed");
      if (!note) return;
      const rows = ids.filter((id) => /^task-\d+$/.test(id));
      const here = [...document.querySelectorAll(".tasks tbody tr")].map((one) => one.id);
      note.hidden = rows.length === here.length && rows.every((id, at) => id === here[at]);
    }

    function gone() {
      live.prepend(el("p", { class: "message warning stalled", role: "status" }, "This task was deleted meanwhile."));
    }

    document.addEventListener("visibilitychange", () => { if (document.hidden) clearTimeout(timer); else ask(); });
    tsweb.poll_now = ask;
    later(2000);
  }

  // --- small things ---------------------------------------------------------------------------------------------

  for (const choice of document.querySelectorAll("select[data-submits]")) {
    choice.addEventListener("change", () => choice.form.requestSubmit());
  }
  for (const button of document.querySelectorAll("[data-copies]")) {
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copies);
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch (error) {
        // Without the right to the clipboard, it is marked for the keys.
        getSelection().selectAllChildren(source);
        button.textContent = "Press Ctrl C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  // --- the dry run, without leaving the page --------------------------------------------------------------------

  const form = document.getElementById("backfill-form");
  if (form) {
    const place = document.getElementById("dry-run");
    form.addEventListener("submit", async (event) => {
      const button = event.submitter;
      if (!button || button.value !== "dry-run") return;
      event.preventDefault();
      const fields = new FormData(form);
      fields.set("do", "dry-run");
      // Not disabled: a button that is would lose the focus.
      if (place.hasAttribute("aria-busy")) return;
      place.setAttribute("aria-busy", "true");
      const waiting = setTimeout(() => { place.textContent = "Computing the newest periods…"; }, 200);
      try {
        const answer = await tsweb.post_form(form.action, fields);
        const holder = document.createElement("template");
        holder.innerHTML = answer.html;
        clearTimeout(waiting);
        place.replaceChildren(holder.content);
      } catch (error) {
        clearTimeout(waiting);
        place.replaceChildren(el("p", { class: "message bad" }, error.message));
      } finally {
        place.removeAttribute("aria-busy");
        for (const name of ["start", "end"]) {
          const is_wrong = Boolean(place.querySelector("#wrong-" + name));
          form.elements[name].toggleAttribute("aria-invalid", false);
          if (is_wrong) form.elements[name].setAttribute("aria-invalid", "true");
        }
      }
    });
  }
})(window.tsweb);
