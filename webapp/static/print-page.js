// Buttons that open the browser's print dialog; without script they are not shown.
(() => {
  const show = () => { for (const button of document.querySelectorAll("[data-print]")) button.hidden = false; };
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-print]")) print(); });
})();
