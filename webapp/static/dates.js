// The browser's own calendar beside a date field; what it gives is written as the locale writes dates.
(() => {
  const written = (iso, pattern) => {
    const [year, month, day] = iso.split("-");
    return pattern.replace("%d", day).replace("%m", month).replace("%Y", year);
  };
  const read = (typed, pattern) => {
    const order = [...pattern.matchAll(/%([dmY])/g)].map((match) => match[1]);
    const parts = typed.split(/\D+/);
    if (parts.length !== 3) return "";
    const value = Object.fromEntries(order.map((name, at) => [name, parts[at]]));
    return value.Y?.length === 4 ? `${value.Y}-${value.m.padStart(2, "0")}-${value.d.padStart(2, "0")}` : "";
  };
  const show = (root) => {
    for (const button of root.querySelectorAll("[data-calendar][hidden]")) button.hidden = false;
  };
  document.addEventListener("DOMContentLoaded", () => show(document));
  document.addEventListener("htmx:after:process", (event) => show(event.target.querySelectorAll ? event.target : document));

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-calendar]");
    if (!button) return;
    const holder = button.closest("[data-date]");
    const native = holder.querySelector("[data-native]");
    const input = holder.querySelector("input[type=text]");
    native.hidden = false;
    native.value = read(input.value, holder.dataset.date) || document.body.dataset.workDate || "";
    try { native.showPicker(); } catch { native.focus(); }
  });
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-native]")) return;
    event.stopPropagation();
    const holder = event.target.closest("[data-date]");
    const input = holder.querySelector("input[type=text]");
    if (event.target.value) input.value = written(event.target.value, holder.dataset.date);
    input.focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }, true);
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-native]")) event.stopPropagation();
  }, true);
})();
