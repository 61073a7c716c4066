// Lists: a click or Enter on a row opens it. Grids: arrow keys and Enter move as in a spreadsheet, Escape takes back.
(() => {
  const FIELDS = "input:not([type=hidden]):not([type=date]), select, textarea";

  document.addEventListener("click", (event) => {
    const row = event.target.closest?.("tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, select, summary") || String(getSelection())) return;
    const link = row.querySelector("a[href]");
    if (event.ctrlKey || event.metaKey) open(row.dataset.href, "_blank", "noopener");
    else if (link) link.click();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-select-all]")) return;
    const table = event.target.closest("table");
    for (const box of table.querySelectorAll("tbody .select input")) {
      if (box.checked !== event.target.checked) box.click();
    }
  });

  const stepInList = (event, table, step) => {
    const links = [...table.querySelectorAll("tbody th a[href]")];
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.closest("tr").scrollIntoView({ block: "nearest" });
  };

  const rowsOf = (grid) => [...grid.tBodies].flatMap((body) => [...body.rows]);

  const stepInGrid = (event, grid, field, step) => {
    const row = field.closest("tr");
    const rows = rowsOf(grid);
    const cell = field.closest("td, th").cellIndex;
    for (let at = rows.indexOf(row) + step; at >= 0 && at < rows.length; at += step) {
      const found = rows[at].cells[cell]?.querySelector(FIELDS);
      if (found && !found.disabled) {
        event.preventDefault();
        found.focus();
        if (found.select) found.select();
        return true;
      }
    }
    return false;
  };

  const stepAcross = (event, field, step) => {
    const atEnd = field.selectionStart === undefined || field.selectionStart === null
      || (field.selectionStart === field.selectionEnd && field.selectionStart === (step > 0 ? field.value.length : 0))
      || (field.selectionStart === 0 && field.selectionEnd === field.value.length);
    if (!atEnd) return;
    const fields = [...field.closest("tr").querySelectorAll(FIELDS)].filter((one) => !one.disabled);
    const next = fields[fields.indexOf(field) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    if (next.select) next.select();
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    const field = event.target;
    const grid = field.closest?.("[data-grid]");
    if (grid && field.matches(FIELDS)) {
      const down = event.key === "ArrowDown" || (event.key === "Enter" && !event.shiftKey);
      const up = event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey);
      if (field.matches("select") && event.key.startsWith("Arrow") && !event.shiftKey) return;
      if (down || up) {
        if (!stepInGrid(event, grid, field, down ? 1 : -1) && event.key === "Enter") {
          event.preventDefault();
          field.dispatchEvent(new Event("change", { bubbles: true }));
        }
      } else if (event.key === "ArrowRight") stepAcross(event, field, 1);
      else if (event.key === "ArrowLeft") stepAcross(event, field, -1);
      return;
    }
    const list = document.querySelector("table.list");
    if (!list || field.matches?.("input:not(.search-input), select, textarea, summary, dialog *")) return;
    if (event.key === "ArrowDown") stepInList(event, list, 1);
    if (event.key === "ArrowUp" && !field.matches?.(".search-input")) stepInList(event, list, -1);
  });

  // Escape takes back what was typed in a field since it got the focus.
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("input[type=text], input:not([type]), textarea")) event.target.dataset.before = event.target.value;
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Escape" || event.defaultPrevented || field.dataset?.before === undefined) return;
    if (field.value === field.dataset.before) return;
    field.value = field.dataset.before;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    event.preventDefault();
    event.stopPropagation();
  });
})();
