// Editing a task that stores a series of a chart: its text and settings, looked at before they are kept.
(function (tsweb) {
  "use strict";
  const el = tsweb.el;
  const ADDRESS = "/api/charts/save-as-metric";

  async function put(address, body) {
    const response = await fetch(address, {
      method: "PUT", credentials: "same-origin", body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRFToken": tsweb.csrf(), Accept: "application/json" },
    });
    const answer = await response.json().catch(() => null);
    if (response.ok) return [];
    return (answer && answer.errors) || [{ message: "the server answered " + response.status }];
  }

  function show(address, given) {
    const field = (name, label, more) => el("label", {}, label, el("input", { class: "field", name, autocomplete: "off", value: given[name] ?? "", ...more }));
    const config = el("textarea", { class: "field mono", name: "config", rows: "14", spellcheck: "false", "aria-label": "Text of the chart" });
    config.value = given.config;
    const reasons = el("div", { class: "reasons", role: "alert" });
    const save = el("button", { class: "button primary" }, "Save");
    const late = el("input", { type: "checkbox", name: "late_data", checked: given.late_data !== false });
    const form = el("form", { class: "form", onsubmit: (event) => { event.preventDefault(); keep(); } },
      field("name", "Name of the task", { required: true }),
      el("div", { class: "pair" }, field("metric", "Metric", { required: true }), field("unit", "Unit")),
      el("div", { class: "pair" }, field("every", "Computed every", { required: true, placeholder: "1 hour" }),
        field("section", "Number of the [series], from 0", { type: "number", min: "0", required: true })),
      el("label", {}, "Text of the chart", config),
      el("label", { class: "check" }, late, " Compute again what comes late"),
      el("p", { class: "small muted" }, "What it stored stays. The new text counts from the next run on; a backfill computes what lies before."),
      reasons, el("div", { class: "row" }, save, el("button", { type: "button", class: "button quiet", onclick: () => dialog.close() }, "Cancel")));
    const dialog = el("dialog", { class: "dialog save-metric", "aria-labelledby": "edit-metric-title", onclose: () => { dialog.remove(); const opener = document.querySelector("[data-edit-metric]"); if (opener) opener.focus(); } },
      el("h2", { id: "edit-metric-title" }, "Edit the task"), form);

    let saving = false;
    async function keep() {
      // A button that is disabled would lose the focus.
      if (saving) return;
      saving = true;
      const text = (name) => form.elements[name].value.trim();
      const { id, ...rest } = given;
      try {
        const told = await put(address, {
          ...rest, name: text("name"), metric: text("metric"), unit: text("unit") || undefined, every: text("every"),
          section: Number(text("section")), config: config.value, late_data: late.checked,
        });
        if (!told.length) { window.location.reload(); return; }
        reasons.replaceChildren(...told.map((one) => el("p", { class: "message bad" }, tsweb.sentence(one.message), one.hint ? el("span", { class: "hint" }, "Instead: " + one.hint) : null)));
        for (const input of form.elements) {
          if (told.some((one) => one.field === input.name)) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
        }
      } catch (error) {
        reasons.replaceChildren(el("p", { class: "message bad" }, "the server can't be reached"));
      } finally {
        saving = false;
      }
    }

    document.body.append(dialog);
    dialog.showModal();
    form.elements.name.focus();
  }

  // The page renews itself while the task runs, buttons included.
  document.addEventListener("click", async (event) => {
    const opener = event.target.closest("[data-edit-metric]");
    if (!opener) return;
    const address = ADDRESS + "/" + encodeURIComponent(opener.dataset.editMetric);
    try {
      const response = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error("the server answered " + response.status);
      show(address, { section: 0, every: "1 hour", ...await response.json() });
    } catch (error) {
      const head = opener.closest(".head");
      if (head.nextElementSibling.id !== "edit-refused") head.after(el("p", { class: "message bad stalled", id: "edit-refused", role: "alert" }));
      head.nextElementSibling.textContent = "It can’t be edited now: " + error.message;
    }
  });
})(window.tsweb);
