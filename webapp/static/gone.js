// The page of a document that is not open any more: what was typed stays to be read and copied, and takes no more input.
(() => {
  const close = () => {
    const part = document.getElementById("document");
    if (!part || !document.querySelector("#messages [data-gone]")) return;
    for (const field of part.querySelectorAll("input, select, textarea, button")) {
      if (field.matches("input[type=text], textarea")) field.readOnly = true;
      else field.disabled = true;
    }
    for (const extra of part.querySelectorAll(".new-line, .of-chosen, form.one-button, .in-field")) extra.hidden = true;
    document.activeElement.blur();
    // Nothing of it can be saved: whoever leaves loses nothing by it.
    for (const form of part.querySelectorAll("[data-guard]")) form.removeAttribute("data-guard");
    for (const field of part.querySelectorAll("[data-not-saved]")) field.removeAttribute("data-not-saved");
    for (const offer of part.querySelectorAll("[data-save-again]")) offer.remove();
  };
  document.addEventListener("htmx:after:swap", close);
})();
