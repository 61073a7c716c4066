// Look-up fields: what fits is shown while typing; arrows choose, Enter and Tab take, Escape closes.
(() => {
  const WAIT = 140;
  const states = new WeakMap();

  const stateOf = (input) => {
    if (!states.has(input)) states.set(input, { timer: 0, request: null, asked: null });
    return states.get(input);
  };
  const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
  const choices = (list) => [...list.querySelectorAll("[role=option]:not(.none)")];
  const current = (list) => list.querySelector("[aria-selected=true]");
  const isOpen = (input) => input.getAttribute("aria-expanded") === "true";

  const close = (input) => {
    const state = stateOf(input);
    clearTimeout(state.timer);
    state.request?.abort();
    const list = listOf(input);
    if (list) list.hidden = true;
    if (list?.matches(":popover-open")) list.hidePopover();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  // The list is a popover over the whole page, so that no frame cuts it off and no edge hides it.
  const place = (input, list) => {
    const box = input.getBoundingClientRect();
    const width = Math.min(Math.max(box.width, 320), innerWidth - 16);
    list.style.inlineSize = `${width}px`;
    list.style.insetInlineStart = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    const below = innerHeight - box.bottom;
    if (below > 200 || below > box.top) {
      list.style.insetBlock = `${box.bottom + 2}px auto`;
      list.style.maxBlockSize = `${Math.min(320, below - 8)}px`;
    } else {
      list.style.insetBlock = `auto ${innerHeight - box.top + 2}px`;
      list.style.maxBlockSize = `${Math.min(320, box.top - 8)}px`;
    }
  };

  const select = (input, option) => {
    const list = listOf(input);
    current(list)?.setAttribute("aria-selected", "false");
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    const above = option.offsetTop - list.scrollTop;
    if (above < 0) list.scrollTop = option.offsetTop;
    else if (above + option.offsetHeight > list.clientHeight) list.scrollTop = option.offsetTop + option.offsetHeight - list.clientHeight;
    input.setAttribute("aria-activedescendant", option.id);
  };

  const show = async (input, words) => {
    const state = stateOf(input);
    const list = listOf(input);
    state.request?.abort();
    state.request = new AbortController();
    const url = new URL(input.dataset.lookup, location.href);
    url.searchParams.set("q", words);
    url.searchParams.set("id", list.id);
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, signal: state.request.signal });
      if (!answer.ok || document.activeElement !== input) return;
      const text = await answer.text();
      if (document.activeElement !== input) return;
      list.innerHTML = text;
      state.asked = words;
      list.hidden = false;
      if (list.isConnected && !list.matches(":popover-open")) list.showPopover();
      place(input, list);
      input.setAttribute("aria-expanded", "true");
      const first = choices(list)[0];
      select(input, words && first ? first : null);
    } catch (error) {
      if (error.name !== "AbortError") close(input);
    }
  };

  const take = (input, option) => {
    input.value = option.dataset.value;
    close(input);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.matches?.("[data-lookup]") || !event.isTrusted) return;
    const state = stateOf(input);
    clearTimeout(state.timer);
    const words = input.value.trim();
    if (!words) return close(input);
    state.timer = setTimeout(() => show(input, words), WAIT);
  });

  document.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.matches?.("[data-lookup]") || event.ctrlKey || event.metaKey) return;
    const list = listOf(input);
    if (!isOpen(input)) {
      const asksFor = event.key === "ArrowDown" && (event.altKey || !input.closest("[data-grid]"));
      if (asksFor && !input.readOnly) {
        event.preventDefault();
        show(input, "");
      }
      return;
    }
    const options = choices(list);
    const at = options.indexOf(current(list));
    if (event.key === "ArrowDown") select(input, options[Math.min(at + 1, options.length - 1)]);
    else if (event.key === "ArrowUp") select(input, options[Math.max(at - 1, 0)]);
    else if (event.key === "Enter" && at >= 0) take(input, options[at]);
    else if (event.key === "Tab") return at >= 0 && input.value.trim() && stateOf(input).asked === input.value.trim() ? take(input, options[at]) : close(input);
    else if (event.key === "Escape") close(input);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest?.(".options [role=option]");
    if (!option) return;
    event.preventDefault();
    const input = option.closest("[data-combo]").querySelector("[data-lookup]");
    if (!option.matches(".none")) take(input, option);
  });

  document.addEventListener("focusout", (event) => {
    if (event.target.matches?.("[data-lookup]")) close(event.target);
  });
  document.addEventListener("scroll", (event) => {
    if (event.target.matches?.(".options")) return;
    for (const input of document.querySelectorAll("[data-lookup][aria-expanded=true]")) {
      const box = input.getBoundingClientRect();
      if (box.bottom < 0 || box.top > innerHeight) close(input);
      else place(input, listOf(input));
    }
  }, true);
})();
