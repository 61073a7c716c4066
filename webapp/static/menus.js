// Menus and small windows: one menu open at a time, Escape and a click elsewhere close it, windows open when they come.
(() => {
  const menus = () => document.querySelectorAll("details[data-menu][open]");

  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.("details[data-menu]") || !menu.open) return;
    for (const other of menus()) if (other !== menu) other.open = false;
  }, true);

  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    }
  }, true);

  const open = (root) => {
    for (const dialog of root.querySelectorAll("dialog[data-open]:not([open])")) dialog.showModal();
    const summary = root.querySelector("[data-focus]");
    if (summary) summary.focus();
  };
  document.addEventListener("htmx:after:swap", () => open(document.getElementById("dialog") || document));
  document.addEventListener("htmx:after:settle", (event) => {
    const summary = event.target.querySelector?.("[data-focus]");
    if (summary) summary.focus();
  });

  document.addEventListener("click", (event) => {
    if (event.target.matches?.("dialog[open]") && event.target === event.target.closest("dialog")) {
      const box = event.target.getBoundingClientRect();
      const outside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
      if (outside) event.target.close();
    }
  });
  document.addEventListener("close", (event) => {
    if (event.target.matches("#dialog dialog")) event.target.remove();
  }, true);

  document.addEventListener("DOMContentLoaded", () => open(document));
})();
