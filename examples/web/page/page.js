// The page around the report: input, messages, what to save.
"use strict";
const $ = id => document.getElementById(`web-${id}`);
const title = document.title;
const source = URL.createObjectURL(new Blob([$("worker").textContent], { type: "text/javascript" }));
const module = (async () => {
  const packed = Uint8Array.from(atob($("wasm").textContent), c => c.charCodeAt(0));
  const bytes = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(bytes).arrayBuffer());
})();

// What is analysed, what is shown of it, and who computes.
let given = [], shown = null, worker = hired();

function hired() {
  return { thread: new Worker(source), asked: 0, busy: 0, warm: false };
}

function ask(call, args = {}) {
  const mine = worker, { thread } = mine, id = mine.asked++;
  mine.busy++;
  return new Promise((done, fail) => {
    const hear = ({ data }) => {
      if (data.id !== id) return;
      thread.removeEventListener("message", hear);
      mine.busy--;
      "error" in data ? fail(new Error(data.error)) : done(data.value);
    };
    thread.addEventListener("message", hear);
    thread.addEventListener("error", event => fail(new Error(event.message)), { once: true });
    thread.postMessage({ id, call, args });
  });
}

const nothing = { map: "", test: "", title: "" };
// One analysis that nobody sees: the browser has made its fastest code when the first comes that counts.
module.then(async module => {
  const mine = worker, files = [{ name: "example", content: new Blob([$("log").textContent]), folder: false }];
  if (mine.asked === 0) await ask("analyze", { module, files, asked: nothing });
  if (mine.asked === 1) await ask("page", { place: 0, alone: true });
  mine.warm = true;
}).catch(error => say([{ level: "error", text: `this browser cannot run the library: ${error.message}` }]));

function say(messages) {
  $("said").replaceChildren(...messages.map(({ level, text }) => {
    const line = document.createElement("p");
    line.className = level;
    if (level !== "help") line.append(Object.assign(document.createElement("b"), { textContent: level }), ": ");
    line.append(text);
    return line;
  }));
  $("said").hidden = messages.length === 0;
}

async function analyse() {
  const text = $("text").value;
  const files = given.length > 0 ? given : text === "" ? [] : [{ name: "pasted", content: new Blob([text]), folder: false }];
  if (files.length === 0) {
    $("status").textContent = "There is nothing to analyse yet: paste a log, or choose files.";
    $("text").focus();
    return;
  }
  // What is not wanted any more does not hold up what is; the first analysis is soon over.
  if (worker.busy > 0 && worker.warm) {
    worker.thread.terminate();
    worker = { ...hired(), warm: true };
  }
  const mine = shown = { names: [], place: null };
  $("status").textContent = "Analysing …";
  const started = performance.now();
  const asked = { map: $("map").value, test: $("test").value, title: $("title").value };
  try {
    const came = await ask("analyze", { module: await module, files, asked });
    if (shown !== mine) return;
    say(came.said);
    shown.names = came.bisections;
    await show(came.bisections.length === 1 ? 0 : "all");
    tell(came.bisections.length, (performance.now() - started) / 1000);
  } catch (error) {
    if (shown !== mine) return;
    clear();
    say([{ level: "error", text: `the program broke, which it should not on any input; please report it with the input: ${error.message}` }]);
    $("status").textContent = "Nothing could be analysed.";
  }
  if (shown === mine) lead();
}

// What came of it. The answer stands below for who sees it, and is said to who does not.
function tell(bisections, seconds) {
  const answer = Object.assign(document.createElement("span"), { className: "unseen-always", textContent: `${document.title}. ` });
  if (bisections === 0) $("status").textContent = "No bisection was found.";
  else $("status").replaceChildren(answer, `Analysed in ${seconds.toFixed(2)} s.`);
}

// Where to go on: to the report, else to the option that answers, else to what is wrong.
function lead() {
  const found = $("report").querySelector("h1");
  if (found) {
    $("status").after($("said"));
    $("input").open = false;
    found.tabIndex = -1;
    found.focus({ preventScroll: true });
    scrollTo(0, 0);
    return;
  }
  $("more").before($("said"));
  $("input").open = true;
  const option = ["map", "test", "title"].find(name => $("said").textContent.includes(`--${name} `));
  if (option) {
    $("more").open = true;
    $(option).focus();
  } else {
    $("said").focus();
  }
}

function clear() {
  $("report").replaceChildren();
  $("tools").hidden = true;
  $("intro").hidden = false;
  document.title = title;
}

// Shows the page of a bisection, or the overview of all.
async function show(place) {
  if (shown.names.length === 0) return clear();
  if (shown.place === place) return;
  shown.place = place;
  const now = shown;
  const html = await (place === "all" ? ask("overview") : ask("page", { place, alone: false }));
  if (shown !== now || now.place !== place) return;
  const page = new DOMParser().parseFromString(html, "text/html");
  $("look").textContent = page.querySelector("style").textContent;
  $("report").replaceChildren(...page.querySelector("header").childNodes, ...page.querySelector("main").childNodes);
  $("intro").hidden = true;
  $("tools").hidden = false;
  document.title = page.title;
  enliven();
}

async function save(name, type, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function named() {
  const name = shown.place === "all" ? "bisections" : shown.names[shown.place];
  return name.split("/").pop().replace(/\.(txt|log|csv|json|xml|gz|zst|xz)$/, "").replace(/[^\w.~-]+/g, "-").slice(0, 80) || "bisection";
}

// One file that holds everything: for several bisections the overview, and each page where a link to it leads.
async function whole() {
  if (shown.place !== "all") return ask("page", { place: shown.place, alone: true });
  const parse = html => new DOMParser().parseFromString(html, "text/html");
  const all = parse(await ask("overview"));
  all.querySelector("main").id = "all";
  all.querySelector("style").append(`
article.page { display: none; }
article.page:target, article.page:has(:target) { display: block; }
body:has(article.page:target, article.page :target) > :is(header, main) { display: none; }
`);
  for (let place = 0; place < shown.names.length; place++) {
    const page = parse(await ask("page", { place, alone: false }));
    const article = all.createElement("article");
    article.className = "page";
    article.append(...page.querySelector("header").childNodes, ...page.querySelector("main").childNodes);
    own(article, `page-${place}`);
    article.id = `page-${place}`;
    all.querySelector("footer").before(article);
  }
  return `<!DOCTYPE html>\n${all.documentElement.outerHTML}\n`;
}

// Ids of a page among others.
function own(root, name) {
  const ours = id => `${name}-${id}`;
  for (const element of root.querySelectorAll("*"))
    for (const { name: key, value } of Array.from(element.attributes)) {
      if (["id", "for", "aria-labelledby", "aria-describedby"].includes(key)) element.setAttribute(key, ours(value));
      else if (/href$/.test(key) && value.startsWith("#") && value !== "#all") element.setAttribute(key, `#${ours(value.slice(1))}`);
      else if (value.includes("url(#")) element.setAttribute(key, value.replaceAll("url(#", `url(#${name}-`));
    }
}

function take(files) {
  given = files;
  const names = files.map(file => file.name);
  $("names").textContent = names.length > 3 ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more` : names.join(", ");
  location.hash = "";
  analyse();
}

// Files of folders, in the order of the names.
function byPath(files) {
  return files.sort(({ name: a }, { name: b }) => {
    const [one, other] = [a.split("/"), b.split("/")];
    const at = one.findIndex((part, at) => part !== other[at]);
    return at < 0 || one[at] < (other[at] ?? "") ? -1 : 1;
  });
}

// Everything in a file or a folder that was dropped.
async function within(entry) {
  if (entry.isFile) {
    const name = entry.fullPath.replace(/^\//, "");
    return [{ name, content: await new Promise((done, fail) => entry.file(done, fail)), folder: name.includes("/") }];
  }
  const reader = entry.createReader(), found = [];
  for (let some; (some = await new Promise((done, fail) => reader.readEntries(done, fail))).length > 0;) found.push(...some);
  return byPath((await Promise.all(found.map(within))).flat());
}

const chosen = files => Array.from(files, file => ({ name: file.name, content: file, folder: false }));
const inFolder = files => byPath(Array.from(files, file => ({ name: file.webkitRelativePath, content: file, folder: true })));
const forget = () => {
  given = [];
  $("names").textContent = "";
};
const type = text => {
  $("text").value = text;
  forget();
};

$("form").onsubmit = event => {
  event.preventDefault();
  location.hash = "";
  analyse();
};
$("text").oninput = forget;
for (const [button, input, named] of [["choose", "files", chosen], ["folder", "folders", inFolder]]) {
  $(button).onclick = () => $(input).click();
  $(input).onchange = () => {
    const files = named($(input).files);
    $(input).value = "";
    if (files.length > 0) take(files);
  };
}
$("example").onclick = () => {
  type($("log").textContent);
  $("form").requestSubmit();
};
$("save").onclick = async () => save(`${named()}.html`, "text/html", await whole());
$("json").onclick = async () => save(`${named()}.json`, "application/json", await ask("figures"));
onkeydown = event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
};
// What is pasted is analysed at once, wherever the cursor is.
onpaste = event => {
  if (event.target.matches("input")) return;
  const files = event.clipboardData.files;
  if (files.length > 0) {
    event.preventDefault();
    take(chosen(files));
  } else if (event.target !== $("text")) {
    event.preventDefault();
    type(event.clipboardData.getData("text/plain"));
    $("form").requestSubmit();
  } else {
    setTimeout(() => $("form").requestSubmit());
  }
};
ondragover = event => {
  event.preventDefault();
  document.body.classList.add("over");
};
ondragleave = event => {
  if (event.relatedTarget === null) document.body.classList.remove("over");
};
ondrop = async event => {
  event.preventDefault();
  document.body.classList.remove("over");
  const entries = Array.from(event.dataTransfer.items, item => item.webkitGetAsEntry()).filter(entry => entry !== null);
  const text = event.dataTransfer.getData("text/plain");
  if (entries.length > 0) {
    take((await Promise.all(entries.map(within))).flat());
  } else if (text !== "") {
    type(text);
    $("form").requestSubmit();
  }
};
addEventListener("hashchange", () => {
  const [, place] = /^#page-(\d+)$/.exec(location.hash) ?? [];
  if (shown?.names.length > 1 && (place !== undefined || location.hash === "#all"))
    show(place === undefined ? "all" : Number(place)).then(() => scrollTo(0, 0));
});
