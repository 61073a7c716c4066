// Buttons that need a choice say how many are chosen, or that there is none yet; a type decides where the number beside it
// is looked up.
(() => {
  const LISTS = { item: "items", resource: "resources", cost: "service-costs", gl_account: "gl-accounts" };
  for (const kind of ["order", "invoice", "credit_memo", "posted_shipment", "posted_invoice", "posted_credit_memo"])
    LISTS[kind] = `documents/${kind}`;

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
  // A button that waits for one of these fields to be ticked; without script the server asks for it.
  const wait = () => {
    for (const button of document.querySelectorAll("[data-waits-for]")) {
      const names = button.dataset.waitsFor.split(" ");
      const ticked = [...button.form.elements].some((field) => names.includes(field.name) && field.checked && !(field.disabled && field.type === "radio"));
      button.disabled = !ticked;
      const told = document.getElementById(button.getAttribute("aria-describedby"));
      if (told) told.hidden = ticked;
    }
  };
  const numberBeside = (select) =>
    select.closest("tr, form")?.querySelector("[data-lookup][name$='no']:not([name*='service_item'])");
  const point = (select) => {
    const input = numberBeside(select);
    if (input && LISTS[select.value]) input.dataset.lookup = `/look-up/${LISTS[select.value]}`;
  };
  const all = () => {
    count();
    wait();
    for (const select of document.querySelectorAll("[data-switches-lookup]")) point(select);
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("input[type=checkbox]")) count();
    if (event.target.matches("input[type=checkbox], input[type=radio]")) wait();
    if (!event.target.matches("[data-switches-lookup]")) return;
    point(event.target);
    // A number belongs to its type: that of another one would be refused, or be a different thing.
    const input = numberBeside(event.target);
    if (input) input.value = "";
  });
  // A file that is too large is told before it is sent.
  document.addEventListener("change", (event) => {
    const most = Number(event.target.dataset?.mostBytes);
    if (!most) return;
    const large = [...event.target.files].filter((file) => file.size > most).map((file) => file.name);
    event.target.setCustomValidity(large.length ? `Larger than ${most / 1000000} MB: ${large.join(", ")}` : "");
    event.target.reportValidity();
  });
  // Typing a quantity chooses its line.
  document.addEventListener("input", (event) => {
    const row = event.target.closest("form[data-typing-chooses] tbody tr");
    const box = row?.querySelector("input[type=checkbox][name=line]:not(:disabled)");
    if (!box || !event.target.matches("input[type=text]") || box.checked) return;
    box.checked = true;
    box.dispatchEvent(new Event("change", { bubbles: true }));
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
