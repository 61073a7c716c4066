// What will be posted: redrawn after each saved change and marked stale meanwhile; lines can be narrowed to those with
// findings. The link of a finding puts the cursor into its field, on this page or the one it leads to.
(() => {
  const panel = () => document.getElementById("will-be-posted");
  let saving = 0;
  let opened = [];
  let only = false;

  const refresh = () => {
    if (panel() && !panel().querySelector(".panel-off")) panel().dispatchEvent(new Event("refresh"));
  };
  const stale = (on) => {
    if (on) panel()?.setAttribute("aria-busy", "true");
    else panel()?.removeAttribute("aria-busy");
  };
  // The answer to a change in a row brings the panel with it: one way to the server and one redraw.
  const brings = (text) => text?.includes('hx-target="#will-be-posted"');
  let changes = 0;
  const writes = (event) => event.detail.ctx.request.method?.toUpperCase() !== "GET";
  const ofPanel = (event) => event.detail.ctx.sourceElement === panel();
  // What would be posted could not be read: what stands here is what it was before.
  const unread = ({ response, status, request }) => {
    if (request.signal.aborted && request.signal.reason !== "timeout") return false;
    return !response || status.startsWith("error") || response.status >= 400;
  };

  // What is not saved is on the page, but not in what would be posted.
  const warn = () => {
    const fields = [...document.querySelectorAll("[data-not-saved]")];
    panel()?.toggleAttribute("data-lacks", fields.length > 0);
    for (const told of panel()?.querySelectorAll("[data-lacking]") ?? []) {
      const field = fields.find((one) => one.dataset.notSaved === told.dataset.lacking);
      told.hidden = !field;
      if (field && told.dataset.lacking !== "asked") told.querySelector("a").href = `#${field.id}`;
    }
    sayAbove();
  };
  document.addEventListener("finalize:not-saved", warn);

  // What is posted or previewed from here is what the panel shows.
  const carry = () => {
    const option = panel()?.querySelector("#panel-option")?.value;
    if (!option) return;
    for (const one of document.querySelectorAll("[data-with-option]")) {
      if (!one.matches("a")) {
        one.value = option;
        continue;
      }
      const asked = new URLSearchParams(one.search);
      asked.set("option", option);
      one.search = asked;
    }
  };

  // On a small screen the panel is far below: the link to it says how it stands.
  const small = matchMedia("(width < 760px)");
  const sayAbove = () => {
    const lacks = panel()?.querySelector("[data-lacking]:not([hidden]) .chip");
    const unread = panel()?.matches("[data-unread]") && panel().querySelector(".panel-unread .chip");
    const state = small.matches && (lacks || unread || panel()?.querySelector(".panel-state > .chip"));
    for (const place of document.querySelectorAll("[data-panel-state]")) place.replaceChildren(...(state ? [state.cloneNode(true)] : []));
  };

  small.addEventListener("change", sayAbove);

  const mark = () => {
    warn();
    carry();
    const table = document.getElementById("line-table");
    const told = panel()?.querySelector("[data-lines]")?.dataset.lines.split(" ").filter(Boolean) ?? [];
    const rows = new Set(told.map((line) => `line-${line}`));
    for (const row of table?.tBodies[0]?.rows ?? []) row.toggleAttribute("data-finding", rows.has(row.id));
    table?.classList.toggle("only-findings", only && rows.size > 0);
    const box = panel()?.querySelector("[data-only-findings]");
    if (box) box.checked = only;
  };

  document.addEventListener("htmx:before:request", (event) => {
    if (!panel()) return;
    if (!writes(event)) {
      event.detail.ctx.changes = changes;
      return;
    }
    changes += 1;
    saving += 1;
    stale(true);
  });
  // As soon as the answer is there, not when it is drawn.
  document.addEventListener("htmx:after:request", (event) => {
    if (!panel() || !writes(event)) return;
    event.detail.ctx.told = true;
    saving = Math.max(0, saving - 1);
    if (!saving && !brings(event.detail.ctx.text)) refresh();
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (!panel() || !writes(event) || event.detail.ctx.told) return;
    saving = Math.max(0, saving - 1);
    if (!saving) refresh();
  });

  document.addEventListener("htmx:finally:request", (event) => {
    if (!panel() || !ofPanel(event) || writes(event)) return;
    const failed = unread(event.detail.ctx);
    panel().toggleAttribute("data-unread", failed);
    if (failed && !saving) stale(false);
    sayAbove();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-read-again]")) return;
    stale(true);
    refresh();
  });

  document.addEventListener("htmx:before:swap", (event) => {
    if (!panel()) return;
    // Asked before a later change, answered after it.
    if (ofPanel(event) && event.detail.ctx.changes !== changes) event.preventDefault();
    else if (ofPanel(event) || brings(event.detail.ctx.text)) opened = [...panel().querySelectorAll("details[id][open]")].map((one) => one.id);
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (!panel()) return;
    if (ofPanel(event) || brings(event.detail.ctx.text)) {
      for (const part of opened.map((id) => document.getElementById(id)).filter(Boolean)) {
        if (part.open) fill(part);
        else part.open = true;
      }
      panel().removeAttribute("data-unread");
      if (!saving) stale(false);
    }
    mark();
  });
  const fill = (part) => {
    if (part.matches?.("details[data-entries][open]") && !part.querySelector("table")) part.dispatchEvent(new Event("entries"));
  };
  document.addEventListener("toggle", (event) => fill(event.target), true);

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-only-findings]")) {
      only = event.target.checked;
      mark();
    }
    if (event.target.id === "panel-option" && panel()) {
      carry();
      stale(true);
      refresh();
    }
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) refresh();
  });

  // A field that takes no input, or is gone with the document that was posted: its place, or the row of its line.
  const place = (id) => {
    const field = document.getElementById(id);
    if (field && !field.disabled) return field;
    const line = /^f-line-(\d+)-/.exec(id);
    const spot = field?.closest("td, .field") ?? (line && document.getElementById(`line-${line[1]}`));
    if (spot) spot.tabIndex = -1;
    return spot;
  };
  const stand = (hash) => {
    const field = hash.startsWith("#f-") ? place(decodeURIComponent(hash.slice(1))) : null;
    if (!field) return false;
    for (let part = field.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    field.scrollIntoView({ block: "center", inline: "nearest" });
    field.focus({ preventScroll: true });
    if (field.matches("input[type=text]")) field.select();
    return true;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href*='#f-']");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.origin !== location.origin || link.pathname !== location.pathname) return;
    if (stand(link.hash)) event.preventDefault();
  });
  addEventListener("hashchange", () => stand(location.hash));
  addEventListener("load", () => stand(location.hash));
})();
