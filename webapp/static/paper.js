// The print page: its button counts the print once, and the page that comes back opens the browser's dialog.
for (const form of document.querySelectorAll("form[data-printing]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.printing === "sent") event.preventDefault();
    form.dataset.printing = "sent";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-printing]")) form.dataset.printing = "";
});
addEventListener("load", () => {
  if (document.querySelector("[data-print-now]")) print();
});
