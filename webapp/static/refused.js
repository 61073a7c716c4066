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

  // A live list by class: with each change it is asked for among thousands of fields.
  const faulty = document.getElementsByClassName("has-fault");
  const within = (parts, fields) => [...new Set([...parts].flatMap((part) => [...part.querySelectorAll(fields)]))];
  const wrong = () => within(faulty, "#document [aria-invalid=true]");
  const typedAnew = () => {
    const forms = [...faulty].map((part) => part.closest(".new-line")).filter(Boolean);
    return within(forms, ":is(input, select):not([type=hidden])");
  };
  let told = [];

  // The answer to something else shows what is stored: what was refused is put back with its reason. So is the value that
  // its person has seen, for one who has changed it meanwhile is not overwritten unseen.
  const keep = (field) => {
    const [shown, name] = split(field);
    const { id, value } = field;
    const fault = document.getElementById(`${id}-fault`)?.cloneNode(true);
    return { id, value, fault, described: field.getAttribute("aria-describedby"), seen: storedOf(shown)[name] };
  };
  const tellFault = (field, { id, fault, described }) => {
    document.getElementById(`${id}-fault`)?.remove();
    const part = field.closest("tr, .field");
    part.classList.add("has-fault");
    let place = part.querySelector(".row-faults") ?? part;
    if (place.matches("tr")) {
      place = document.createElement("div");
      place.className = "row-faults";
      field.closest("td").append(place);
    }
    place.append(fault);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", described);
    for (let outer = field.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
  };
  const putBack = (kept) => {
    const field = document.getElementById(kept.id);
    if (!field || field.disabled || field.readOnly) return;
    const [shown, name] = split(field);
    const stored = storedOf(shown);
    if (stored[name] === kept.value) return;
    if (field.value !== kept.value) field.value = kept.value;
    if (kept.fault && !document.getElementById(`${kept.id}-fault`)?.isEqualNode(kept.fault)) tellFault(field, kept);
    if (!(name in stored) || kept.seen === undefined) return;
    stored[name] = kept.seen;
    shown.value = JSON.stringify(stored);
  };
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    ctx.sent = new Set(ctx.request.body.keys());
  });
  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
    const fields = new Set([...told, ...typedAnew()]);
    ctx.kept = [...fields].filter((field) => !ctx.sent?.has(field.name)).map(keep);
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => ctx.kept?.forEach(putBack));

  const tell = () => {
    for (const field of told) field.removeAttribute("data-refused");
    told = wrong().filter(refused);
    for (const field of told) field.setAttribute("data-refused", "");
    document.dispatchEvent(new CustomEvent("finalize:refused", { detail: told.length }));
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
