// What is typed and not saved looks different, and leaving the page with it warns.
(() => {
  const FIELDS = "input:not([type=hidden]):not([type=date]), select, textarea";
  const changed = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.value !== field.defaultValue;
  };
  let leaving = false;

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches?.(FIELDS) || !field.form?.matches("[data-guard]")) return;
    field.toggleAttribute("data-changed", changed(field));
  });
  document.addEventListener("submit", (event) => {
    leaving = !event.defaultPrevented || event.target.matches("[data-guard]");
  }, true);
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("beforeunload", (event) => {
    if (leaving) return;
    const forms = document.querySelectorAll("form[data-guard]");
    const dirty = [...forms].some((form) => [...form.elements].some((field) => field.matches(FIELDS) && changed(field)));
    if (dirty) event.preventDefault();
  });
  // A form that the server sent back with faults holds what was typed, not what is saved.
  addEventListener("htmx:after:request", () => { leaving = false; });
})();
