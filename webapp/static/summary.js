// The summary on top of a document tells all that stands on the page, not only what the last answer was about.
(() => {
  const notices = () => document.getElementById("document-notices");
  const errors = () => notices()?.querySelector(".summary.error");

  const textOf = (field, part) => {
    const text = part.textContent.trim();
    const [name, line] = field.getAttribute("aria-label")?.split(", line ") ?? [field.labels[0]?.textContent ?? ""];
    const named = text.toLowerCase().startsWith(name.toLowerCase()) ? text : `${name}: ${text}`;
    return line ? `Line ${line}: ${named}` : named;
  };
  const entry = (field, fault) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const text = fault.querySelector("span").cloneNode(true);
    const remedy = text.querySelector(".remedy");
    for (const part of text.querySelectorAll(".remedy, button")) part.remove();
    link.href = `#${field.id}`;
    link.textContent = textOf(field, text);
    item.append(link);
    if (remedy) item.append(" ", remedy);
    item.dataset.standing = "";
    return item;
  };
  const made = () => {
    const section = document.getElementById("standing").content.firstElementChild.cloneNode(true);
    notices().prepend(section);
    return section;
  };
  const count = (section) => {
    const number = section.querySelectorAll(":scope > ul > li").length;
    if (!number) return section.remove();
    section.querySelector("h2").lastChild.textContent = number === 1 ? "There is one problem" : `There are ${number} problems`;
  };

  // What is typed and not saved, or not added, with a fault beside it.
  const faults = document.getElementsByClassName("faults");
  const standing = () => {
    const fields = [...faults].map((fault) => document.getElementById(fault.id.slice(0, -"-fault".length)));
    return fields.filter((field) => field?.matches("#document :is([data-not-saved], .new-line *)"));
  };
  const tell = () => {
    if (!notices() || !document.getElementById("standing")) return;
    for (const item of notices().querySelectorAll("[data-standing]")) item.remove();
    const links = errors()?.querySelectorAll("a[href*='#']") ?? [];
    const linked = new Set([...links].map((link) => decodeURIComponent(link.hash.slice(1))));
    const fields = standing().filter((field) => !linked.has(field.id));
    const items = fields.flatMap((field) => [...document.getElementById(`${field.id}-fault`).querySelectorAll(".fault.error")].map((fault) => entry(field, fault)));
    if (items.length) (errors() ?? made()).querySelector("ul").append(...items);
    if (errors()) count(errors());
  };
  document.addEventListener("finalize:not-saved", tell);
})();
