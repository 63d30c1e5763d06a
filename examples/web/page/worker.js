// The thread that computes. Every analysis has an instance of its own, which takes with it whatever it broke.
"use strict";
let library;
const bytes = text => new TextEncoder().encode(text);
function give(...parts) {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const at = library.room(size);
  if (at === 0) throw new Error(`there is no room for ${size} bytes`);
  let to = at;
  for (const part of parts) {
    new Uint8Array(library.memory.buffer, to, part.length).set(part);
    to += part.length;
  }
}
function text(at, size) {
  return new TextDecoder().decode(new Uint8Array(library.memory.buffer, at, size));
}
const calls = {
  async analyze({ module, files, asked }) {
    library = (await WebAssembly.instantiate(module, {})).exports;
    library.open();
    for (const file of files) {
      const name = bytes(file.name);
      give(name, new Uint8Array(await file.content.arrayBuffer()));
      library.add(name.length, file.folder);
    }
    give(bytes(JSON.stringify(asked)));
    return JSON.parse(text(...swapped(library.analyze())));
  },
  page: ({ place, alone }) => text(...swapped(library.page(place, alone))),
  overview: () => text(...swapped(library.overview())),
  figures: () => text(...swapped(library.figures())),
};
// The answer may move until its size is known.
const swapped = size => [library.answer(), size];
function why(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return String(error.message ?? error);
  const size = library.last_words();
  return size > 0 ? text(library.last_words_at(), size) : error.message;
}
async function answer({ data: { id, call, args } }) {
  try {
    postMessage({ id, value: await calls[call](args) });
  } catch (error) {
    postMessage({ id, error: why(error) });
  }
}
// One after the other: they share an instance.
let last = Promise.resolve();
onmessage = event => { last = last.then(() => answer(event)); };
