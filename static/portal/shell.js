// The frame: theme switch, menu on small screens, "/" for search.
(function () {
  "use strict";
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const names = ["system", "light", "dark"];

  function describe() {
    const name = root.dataset.theme || "system";
    button.setAttribute("aria-label", "Theme: " + name);
    button.title = "Theme: " + name;
  }

  button.addEventListener("click", () => {
    const next = names[(names.indexOf(root.dataset.theme || "system") + 1) % names.length];
    if (next === "system") delete root.dataset.theme; else root.dataset.theme = next;
    try { localStorage.setItem("tsweb-theme", next); } catch (error) { /* a private window forgets */ }
    describe();
    document.dispatchEvent(new CustomEvent("tsweb:theme"));
  });
  describe();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.dispatchEvent(new CustomEvent("tsweb:theme"));
  });

  const bar = document.querySelector(".bar");
  const menu = document.querySelector(".menu-button");
  menu.addEventListener("click", () => {
    menu.setAttribute("aria-expanded", String(bar.classList.toggle("open")));
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable], .ace_editor");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      document.querySelector(".find input").focus();
    }
  });
})();

// Lists: filtering while typing, in the page or by the server.
(function () {
  "use strict";
  for (const input of document.querySelectorAll("input[data-filter]")) {
    const rows = document.querySelectorAll(input.dataset.filter + " tbody tr");
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
    });
  }
  // The tab that is open, where tabs are wider than the screen.
  const open_tab = document.querySelector(".tabs [aria-current]");
  if (open_tab) open_tab.parentElement.scrollLeft = open_tab.offsetLeft - (open_tab.parentElement.clientWidth - open_tab.clientWidth) / 2;
  for (const form of document.querySelectorAll("form[data-live]")) {
    const input = form.querySelector('input[type="search"]');
    let timer = 0;
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => form.requestSubmit(), 350); });
    if (input.value) { input.focus({ preventScroll: true }); input.setSelectionRange(input.value.length, input.value.length); }
  }
})();

// Dialogs, menus that close when one leaves them, and names that must be typed to confirm.
(function () {
  "use strict";
  for (const opener of document.querySelectorAll("[data-opens]")) {
    opener.addEventListener("click", () => {
      const menu = opener.closest("details");
      if (menu) menu.open = false;
      document.getElementById(opener.dataset.opens).showModal();
    });
  }
  for (const closer of document.querySelectorAll("[data-closes]")) {
    closer.addEventListener("click", () => closer.closest("dialog").close());
  }
  for (const field of document.querySelectorAll("input[data-must-be]")) {
    const button = field.form.querySelector("button.bad");
    const compare = () => { button.disabled = field.value.trim() !== field.dataset.mustBe.trim(); };
    field.addEventListener("input", compare);
    compare();
  }
  for (const menu of document.querySelectorAll("details.more")) {
    menu.addEventListener("focusout", (event) => { if (!menu.contains(event.relatedTarget)) menu.open = false; });
    menu.addEventListener("click", (event) => { if (event.target.closest(".choices button")) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
    });
  }
})();
