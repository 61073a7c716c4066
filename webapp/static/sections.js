// A section stays as a person left it when the document is drawn anew (htmx leaves `open` alone), and the cursor stays in
// it; one with a refused field opens.
(() => {
  document.addEventListener("htmx:after:swap", () => {
    for (const section of document.querySelectorAll("details.section:not([open])")) {
      section.open = section.querySelector("[aria-invalid=true]") !== null;
    }
  });
})();
