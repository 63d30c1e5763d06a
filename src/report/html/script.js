
"use strict";
const all = (root, selector) => Array.from(root.querySelectorAll(selector));
const text = cell => cell.textContent.trim();
// A cell sorts by its number where it has one, else by its words; empty cells come last.
function key(row, column) {
  const raw = row.cells[column].dataset.sort ?? text(row.cells[column]);
  return raw === "" ? null : isNaN(raw) ? raw.toLowerCase() : Number(raw);
}
function sort(table, column, down) {
  const sign = down ? -1 : 1;
  const rows = Array.from(table.tBodies[0].rows, row => [key(row, column), row]);
  rows.sort(([a], [b]) => a === b ? 0 : a === null ? 1 : b === null ? -1 : sign * (a > b ? 1 : -1));
  table.tBodies[0].append(...rows.map(([, row]) => row));
}
for (const table of all(document, "table.sortable")) {
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.onclick = () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      sort(table, column, down);
    };
  });
}
for (const form of all(document, "form.filter")) {
  const rows = all(document, "#table tbody tr").map(row => [row, text(row).toLowerCase()]);
  const filter = () => {
    const words = form.elements.text.value.toLowerCase().split(" ");
    const wanted = form.elements.class.value;
    for (const [row, content] of rows)
      row.hidden = !(words.every(word => content.includes(word)) ? ["", row.dataset.class].includes(wanted) : false);
    form.elements.shown.value = `${rows.filter(([row]) => !row.hidden).length} of ${rows.length}`;
  };
  form.hidden = false;
  form.oninput = filter;
  form.onsubmit = () => false;
  filter();
}
// A commit under the pointer is marked wherever it stands.
document.onmouseover = event => {
  const commit = event.target.closest?.("[data-c]")?.dataset.c;
  for (const other of all(document, "[data-c]")) other.classList.toggle("hot", other.dataset.c === commit);
};
const open = () => document.getElementById(location.hash.slice(1))?.closest("details")?.setAttribute("open", "open");
onhashchange = open;
open();
