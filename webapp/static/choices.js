// Buttons that need a choice say how many are chosen; a type decides where the number beside it is looked up.
(() => {
  const LISTS = { item: "items", resource: "resources", cost: "service-costs", gl_account: "gl-accounts" };

  const chosen = (button) => {
    const form = button.form;
    return form ? [...form.elements].filter((field) => field.matches("input[type=checkbox][name]") && field.checked).length : 0;
  };
  const count = () => {
    for (const button of document.querySelectorAll("[data-needs-choice]")) {
      button.dataset.text ??= button.textContent;
      const number = chosen(button);
      button.disabled = !number;
      button.textContent = number ? `${button.dataset.text} (${number})` : button.dataset.text;
    }
  };
  const point = (select) => {
    const scope = select.closest("tr, form");
    const input = scope?.querySelector("[data-lookup][name$='no']:not([name*='service_item'])");
    if (input && LISTS[select.value]) input.dataset.lookup = `/look-up/${LISTS[select.value]}`;
  };
  const all = () => {
    count();
    for (const select of document.querySelectorAll("[data-switches-lookup]")) point(select);
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("input[type=checkbox]")) count();
    if (event.target.matches("[data-switches-lookup]")) point(event.target);
  });
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:after:swap", all);
  // A line that was added leaves its form empty and ready for the next one.
  document.addEventListener("htmx:after:swap", (event) => {
    const form = event.detail?.ctx?.sourceElement;
    if (!form?.matches?.("form.new-line") || !event.detail.ctx.response?.raw?.ok) return;
    const fresh = document.getElementById(form.id);
    const kind = fresh.querySelector("[data-switches-lookup]")?.value;
    fresh.reset();
    const select = fresh.querySelector("[data-switches-lookup]");
    if (select && kind) select.value = kind;
    all();
    fresh.querySelector("input[name$='no'], input[type=text]")?.focus();
  });
  addEventListener("pageshow", all);
})();
