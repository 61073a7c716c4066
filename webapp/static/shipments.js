// Choosing many lines in groups: a tick at a group sets its lines and shows theirs; the button says what would be added.
(() => {
  const LINES = "input[type=checkbox][name=line]:not(:disabled)";
  const groupOf = (box) => (box.matches("[data-choose-all]") ? box.form : box.closest("[data-choice-group]"));
  const isGroup = (box) => box.matches("[data-choose-group], [data-choose-all]");

  const show = (button) => {
    const form = document.getElementById(button.dataset.sumOf);
    button.dataset.text ??= button.textContent;
    const chosen = [...form.querySelectorAll(`${LINES}:checked`)];
    const sum = chosen.reduce((total, box) => total + Number(box.dataset.amount), 0) / 100000;
    const figures = { minimumFractionDigits: 2, maximumFractionDigits: 5 };
    const amount = new Intl.NumberFormat(button.dataset.locale, figures).format(sum);
    const lines = chosen.length === 1 ? "1 line" : `${chosen.length} lines`;
    button.disabled = !chosen.length;
    button.textContent = chosen.length ? `Add ${lines}, ${amount} ${button.dataset.currency}` : button.dataset.text;
    for (const box of [...form.elements].filter((field) => field.type === "checkbox" && isGroup(field))) {
      // With script the lines alone are sent; without it a group stands for its lines.
      if (box.name) box.removeAttribute("name");
      const lines = [...groupOf(box).querySelectorAll(LINES)];
      const ticked = lines.filter((line) => line.checked).length;
      box.checked = ticked > 0 && ticked === lines.length;
      box.indeterminate = ticked > 0 && ticked < lines.length;
    }
  };
  const showAll = () => document.querySelectorAll("[data-sum-of]").forEach(show);

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.matches?.("input[type=checkbox]") || !document.querySelector("[data-sum-of]")) return;
    if (isGroup(box)) for (const line of groupOf(box).querySelectorAll(LINES)) line.checked = box.checked;
    showAll();
  });
  document.addEventListener("DOMContentLoaded", showAll);
  addEventListener("pageshow", showAll);
})();
