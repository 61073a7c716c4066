// Keys for the whole page: ? shows them, / searches, Ctrl+S saves, Ctrl+Enter goes on to posting.
(() => {
  const typing = (element) => element.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const help = () => {
    const dialog = document.getElementById("keys");
    if (dialog && !dialog.open) dialog.showModal();
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-help]")) {
      button.hidden = false;
      button.addEventListener("click", help);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey) {
      const name = event.key.length === 1 ? event.key.toUpperCase() : event.key;
      const button = document.querySelector(`[aria-keyshortcuts="Control+${CSS.escape(name)}"]:not(:disabled)`);
      if (!button) return;
      event.preventDefault();
      if (name === "S") document.activeElement?.dispatchEvent(new Event("change", { bubbles: true }));
      else document.activeElement?.blur(); // what is being typed is saved first
      setTimeout(() => button.click());
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "?") {
      event.preventDefault();
      help();
    } else if (event.key === "/") {
      const field = document.querySelector(".search-input") || document.querySelector("[data-find]");
      if (!field) return;
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key.length === 1) {
      const button = [...document.querySelectorAll("[aria-keyshortcuts]")].find((one) => one.getAttribute("aria-keyshortcuts") === event.key && !one.disabled && !one.matches("[data-help], [data-find]"));
      if (button) button.click();
    }
  });
})();
