// What was typed and is not saved, since it was refused, asks first or could not be sent, stays and says so. What is stored
// stands in the form's hidden `shown`.
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
  const valueOf = (field) => (field.type === "checkbox" ? (field.checked ? "true" : "") : field.value);
  const differs = (field) => {
    const [shown, name] = split(field);
    const stored = storedOf(shown);
    return name in stored && stored[name] !== valueOf(field);
  };

  // A live list by class: with each change it is asked for among thousands of fields.
  const faulty = document.getElementsByClassName("has-fault");
  const within = (parts, fields) => [...new Set([...parts].flatMap((part) => [...part.querySelectorAll(fields)]))];
  const wrong = () => within(faulty, "#document :is([aria-invalid=true], [data-failed])");
  const typedAnew = () => {
    const forms = [...faulty].map((part) => part.closest(".new-line")).filter(Boolean);
    return within(forms, ":is(input, select):not([type=hidden])");
  };
  // While a question is open, what was typed for it is not saved either: it is asked of the header, whose fields tell no fault.
  const asked = () => {
    const fields = document.getElementById("question") ? [...document.getElementById("header").elements] : [];
    return fields.filter((field) => field.id && !field.name.startsWith("line-") && differs(field));
  };
  const why = (field) => {
    if (field.matches("[data-failed]")) return "failed";
    return field.matches("[aria-invalid=true]") ? "refused" : "asked";
  };
  let told = [];

  // The answer to something else shows what is stored: what was not saved is put back with its reason. So is the value that
  // its person has seen, for one who has changed it meanwhile is not overwritten unseen.
  const keep = (field) => {
    const [shown, name] = split(field);
    const fault = document.getElementById(`${field.id}-fault`)?.cloneNode(true);
    const described = field.getAttribute("aria-describedby");
    return { id: field.id, value: valueOf(field), fault, described, failed: field.matches("[data-failed]"), asked: field.dataset.notSaved === "asked", seen: storedOf(shown)[name] };
  };
  const tellFault = (field, { id, fault, described, failed }) => {
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
    field.toggleAttribute("data-failed", failed);
    if (!failed) field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", described);
    for (let outer = field.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
  };
  const putBack = (kept) => {
    const field = document.getElementById(kept.id);
    if (!field || field.disabled || field.readOnly) return;
    const [shown, name] = split(field);
    const stored = storedOf(shown);
    if (stored[name] === kept.value) return;
    if (field.type === "checkbox") field.checked = kept.value === "true";
    else if (field.value !== kept.value) field.value = kept.value;
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
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    ctx.kept?.forEach(putBack);
    // A question went with the document that was drawn anew: it is asked again, of the document as it is now.
    const again = document.getElementById("question") ? null : ctx.kept?.find((one) => one.asked);
    const field = again && document.getElementById(again.id);
    if (field && differs(field)) field.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // A change that got no answer, or one that says nothing of what came of it, is marked where it was typed.
  const writes = (ctx) => ctx.request.method?.toUpperCase() !== "GET";
  const lost = ({ response, status }) => !response || status.startsWith("error") || (response.status >= 400 && response.status !== 422);
  const REASONS = { 401: "signed-out", 503: "no-database" };
  const reasonOf = ({ response, status }) => {
    if (!response || status.startsWith("error")) return "no-answer";
    return REASONS[response.status] ?? (response.status >= 500 ? "fault" : "other");
  };
  const nameOf = (field) => field.getAttribute("aria-label")?.split(",")[0] ?? field.labels[0]?.textContent ?? "";
  // The hint of the field stays what describes it, too.
  const describe = (field, ...ids) => {
    const hints = field.getAttribute("aria-describedby")?.split(" ").filter((id) => id !== `${field.id}-fault`) ?? [];
    field.setAttribute("aria-describedby", [...ids, ...hints].join(" "));
    return field.getAttribute("aria-describedby");
  };
  const forget = (field) => {
    document.getElementById(`${field.id}-fault`)?.remove();
    field.removeAttribute("data-failed");
    describe(field);
    const part = field.closest("tr, .field");
    if (!part.querySelector(".fault")) part.classList.remove("has-fault");
  };
  const gone = () => document.querySelector("#messages [data-gone]");
  const markFailed = (ctx) => {
    const form = document.getElementById("header");
    const template = document.getElementById("failed-fault");
    const ofDocument = ctx.request.form === form || ctx.sourceElement.matches("#line-table tr");
    if (!form || !template || !ofDocument) return false;
    const fields = [...form.elements].filter((field) => ctx.sent?.has(field.name) && field.id && !field.disabled && !field.readOnly);
    for (const field of fields) {
      const unsaved = differs(field);
      if (!unsaved && field.matches("[data-failed]")) forget(field);
      if (!unsaved || (field.matches("[aria-invalid=true]") && field !== ctx.sourceEvent?.target)) continue;
      field.removeAttribute("aria-invalid");
      const fault = template.content.firstElementChild.cloneNode(true);
      fault.id = `${field.id}-fault`;
      fault.querySelector("[data-name]").textContent = nameOf(field);
      for (const one of fault.querySelectorAll("[data-reason]")) if (one.dataset.reason !== reasonOf(ctx)) one.remove();
      tellFault(field, { id: field.id, fault, described: describe(field, fault.id), failed: true });
    }
    return true;
  };
  // What an answer that is none of ours says, as that of a server in between, is not drawn into the document.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    if (ctx.response?.status >= 400 && ctx.response.status !== 422 && !ctx.hx?.retarget) event.preventDefault();
  });
  // A message that stood on top because of it goes with the next change that is saved.
  const saidOnTop = (ctx) => {
    const marked = writes(ctx) && markFailed(ctx);
    if (ctx.hx?.retarget) return true;
    const template = document.getElementById("no-answer");
    if (marked || !writes(ctx) || !template) return false;
    const message = template.content.firstElementChild.cloneNode(true);
    message.setAttribute("role", "alert");
    document.getElementById("messages").replaceChildren(message);
    return true;
  };
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (gone()) return;
    if (lost(ctx)) {
      if (saidOnTop(ctx)) for (const one of document.querySelectorAll("#messages .message")) one.dataset.passing = "";
    } else if (writes(ctx)) for (const one of document.querySelectorAll("#messages [data-passing]")) one.remove();
  });
  // One field speaks for its line, and one for the header: each is sent as a whole.
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-save-again]")) return;
    const parts = new Map([...document.querySelectorAll("[data-failed]")].map((field) => [field.closest("tr")?.id, field]));
    for (const field of parts.values()) field.dispatchEvent(new Event("change", { bubbles: true }));
  });

  const tell = () => {
    for (const field of told) field.removeAttribute("data-not-saved");
    // Of a document that is gone nothing can be saved: whoever leaves it loses nothing by it.
    told = gone() ? [] : [...new Set([...wrong().filter(differs), ...asked()])];
    for (const field of told) field.setAttribute("data-not-saved", why(field));
    document.dispatchEvent(new CustomEvent("finalize:not-saved"));
  };
  document.addEventListener("htmx:after:swap", tell);
  document.addEventListener("htmx:finally:request", tell);
  addEventListener("load", tell);

  // Leaving loses what was not saved, unless it is sent along.
  let sent = null;
  document.addEventListener("submit", (event) => { sent = event.target; }, true);
  addEventListener("htmx:after:request", () => { sent = null; });
  addEventListener("pageshow", () => { sent = null; });
  addEventListener("beforeunload", (event) => {
    if ([...document.querySelectorAll("[data-not-saved]")].some((field) => field.form !== sent)) event.preventDefault();
  });

  // The same typed again is no change to the browser, but asks again: the conflict is known by now, or its cause mended.
  const again = new WeakSet();
  document.addEventListener("input", (event) => {
    if (event.isTrusted && event.target.matches("[aria-invalid=true], [data-failed]")) again.add(event.target);
  });
  document.addEventListener("change", (event) => again.delete(event.target), true);
  document.addEventListener("focusout", (event) => {
    if (again.delete(event.target)) event.target.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
