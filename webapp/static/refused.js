// A field that was refused keeps what was typed; what is stored stands in the form's hidden `shown`.
(() => {
  const split = (field) => {
    const prefix = field.name.match(/^line-\d+-/)?.[0] ?? "";
    return [field.form?.elements[`${prefix}shown`], field.name.slice(prefix.length)];
  };
  const storedOf = (shown) => {
    try {
      return JSON.parse(shown?.value ?? "{}");
    } catch {
      return {};
    }
  };
  const refused = (field) => {
    const [shown, name] = split(field);
    const stored = storedOf(shown);
    return name in stored && stored[name] !== field.value;
  };
  const tell = () => {
    for (const field of document.querySelectorAll("[data-refused]")) field.removeAttribute("data-refused");
    const wrong = [...document.querySelectorAll("#document [aria-invalid=true]")].filter(refused);
    for (const field of wrong) field.setAttribute("data-refused", "");
    document.dispatchEvent(new CustomEvent("finalize:refused", { detail: wrong.length }));
  };
  document.addEventListener("htmx:after:swap", tell);
  document.addEventListener("htmx:finally:request", tell);
  addEventListener("load", tell);

  // Leaving loses what was refused, unless it is sent along.
  let sent = null;
  document.addEventListener("submit", (event) => { sent = event.target; }, true);
  addEventListener("htmx:after:request", () => { sent = null; });
  addEventListener("pageshow", () => { sent = null; });
  addEventListener("beforeunload", (event) => {
    if ([...document.querySelectorAll("[data-refused]")].some((field) => field.form !== sent)) event.preventDefault();
  });

  // The same typed again is no change to the browser, but asks again: the conflict is known by now, or its cause mended.
  const again = new WeakSet();
  document.addEventListener("input", (event) => {
    if (event.isTrusted && event.target.matches("[aria-invalid=true]")) again.add(event.target);
  });
  document.addEventListener("change", (event) => again.delete(event.target), true);
  document.addEventListener("focusout", (event) => {
    if (again.delete(event.target)) event.target.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
