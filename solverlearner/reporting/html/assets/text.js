// Text: elements that hold text, search hits in it, and Python with its parts told apart.

function make(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...content.filter((each) => each !== null));
  return element;
}

// The text in parts, what is searched for in a <mark>.
function marked(text, needle) {
  if (!needle) return [text];
  const parts = [], lower = text.toLowerCase();
  if (lower.length !== text.length) return [text]; // a few letters change their length: no place in one is one in the other
  let from = 0;
  for (let at = lower.indexOf(needle); at >= 0 && parts.length < 2000; at = lower.indexOf(needle, from)) {
    parts.push(text.slice(from, at), make("mark", {}, text.slice(at, at + needle.length)));
    from = at + needle.length;
  }
  return [...parts, text.slice(from)];
}

const KEYWORDS = new Set(("False None True and as assert async await break class continue def del elif else except " +
  "finally for from global if import in is lambda match case nonlocal not or pass raise return try while with yield").split(" "));
const PYTHON = new RegExp([
  /(?<comment>#[^\n]*)/,
  /(?<string>(?:\b[rbfu]{1,2}(?=["']))?(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\[^]|[^"\\\n])*"?|'(?:\\[^]|[^'\\\n])*'?))/,
  /(?<number>\b(?:0[xob][\da-f_]+|\d[\d_]*\.?[\d_]*(?:e[+-]?\d+)?)\b)/,
  /(?<name>(?<=\b(?:def|class)\s+)\w+)/,
  /(?<word>[^\W\d]\w*)/,
].map((part) => part.source).join("|"), "gi");

function highlighted(program) {
  const parts = [];
  let from = 0;
  for (const found of program.matchAll(PYTHON)) {
    let kind = Object.keys(found.groups).find((name) => found.groups[name] !== undefined);
    if (kind === "word") {
      if (!KEYWORDS.has(found[0])) continue;
      kind = "keyword";
    }
    parts.push(program.slice(from, found.index), make("span", { class: kind }, found[0]));
    from = found.index + found[0].length;
  }
  return [...parts, program.slice(from)];
}

// A program with numbered lines beside it; those that an error names are marked there.
function programText(program, failing) {
  const numbers = make("pre", { class: "numbers", "aria-hidden": "true" });
  for (let line = 1; line <= program.split("\n").length; line++) {
    numbers.append(make("span", { class: failing.has(line) ? "failing" : null }, `${line}\n`));
  }
  return make("div", { class: "program", tabindex: "0", role: "region", "aria-label": "Program" },
    numbers, make("pre", {}, make("code", {}, ...highlighted(program))));
}
