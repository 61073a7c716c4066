// What is typed and not saved looks different, and leaving the page with it warns.
(() => {
  const FIELDS = "input:not([type=hidden]):not([type=date]), select, textarea";
  const changed = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.value !== field.defaultValue;
  };
  const guarded = (field) => field.form?.matches("[data-guard]");
  let leaving = false;

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches?.(FIELDS) || !guarded(field)) return;
    field.toggleAttribute("data-changed", changed(field));
  });
  document.addEventListener("submit", (event) => {
    leaving = !event.defaultPrevented || event.target.matches("[data-guard]");
  }, true);
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("beforeunload", (event) => {
    if (leaving) return;
    const forms = document.querySelectorAll("form[data-guard]");
    const dirty = [...forms].some((form) => [...form.elements].some((field) => field.matches(FIELDS) && guarded(field) && changed(field)));
    if (dirty) event.preventDefault();
  });
  // A changed field of the header is sent without the lines, whose fields belong to the same form.
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    ctx.typed = ctx.sourceEvent?.target?.value;
    if (ctx.request.form?.id !== "header") return;
    for (const name of [...ctx.request.body.keys()]) if (name.startsWith("line-")) ctx.request.body.delete(name);
  });
  // What comes back is what is stored: "5.25*1" or "t" does not stay when it comes to the value that was there before.
  document.addEventListener("htmx:after:swap", (event) => {
    const { sourceEvent, typed, text } = event.detail.ctx;
    const id = sourceEvent?.type === "change" ? sourceEvent.target.id : "";
    const field = id && text?.includes(` id="${id}"`) ? document.getElementById(id) : null;
    if (!field?.matches("input[type=text], textarea") || field.value !== typed) return;
    field.value = field.defaultValue;
    field.removeAttribute("data-changed");
    if (field === document.activeElement) field.dataset.before = field.value;
  });
  // A form that the server sent back with faults holds what was typed, not what is saved.
  addEventListener("htmx:after:request", () => { leaving = false; });
})();

// Whoever leaves the page or posts while a field is still being saved waits for that; a refusal keeps them here.
(() => {
  let saving = 0;
  let next = null;
  // A press of the mouse ends the field, and lasts longer than the answer takes: what is refused in between keeps them, too.
  let pressed = null;
  let refused = false;
  const press = (target) => {
    pressed = target?.closest?.("a[href], button") ?? null;
    refused = false;
  };
  document.addEventListener("pointerdown", (event) => press(event.target), true);
  document.addEventListener("keydown", () => press(null), true);
  const hold = (event, go) => {
    if (!saving || event.defaultPrevented) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    next = go;
  };
  document.addEventListener("click", (event) => {
    const stays = refused && pressed?.contains(event.target);
    press(null);
    if (stays) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const link = event.target.closest?.("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || link.getAttribute("href").startsWith("#")) return;
    hold(event, () => link.click());
  }, true);
  document.addEventListener("submit", (event) => {
    if ([...event.target.attributes].some((one) => one.name.startsWith("hx-"))) return;
    hold(event, () => event.target.requestSubmit(event.submitter));
  }, true);
  document.addEventListener("htmx:before:request", (event) => {
    if (event.detail.ctx.request.method?.toUpperCase() !== "GET") saving += 1;
  });
  document.addEventListener("htmx:finally:request", (event) => {
    const { request, response } = event.detail.ctx;
    if (request.method?.toUpperCase() === "GET") return;
    saving = Math.max(0, saving - 1);
    if (!response || response.status >= 400) {
      next = null;
      refused = pressed !== null;
    }
    setTimeout(() => {
      if (saving || !next) return;
      const go = next;
      next = null;
      go();
    });
  });
})();
