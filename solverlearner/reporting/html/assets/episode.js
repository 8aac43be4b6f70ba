// Episode: its queries with what became of them, and each call's prompt, reply and program.

class Reader {
  constructor(data, list) {
    this.data = data;
    this.list = list;
    this.article = document.querySelector("#episodes article");
    this.byId = new Map(data.episodes.map((episode) => [episode.id, episode]));
  }

  show(id, name) {
    const episode = this.byId.get(id);
    if (!episode) {
      const words = id ? "This page has no such episode." : "Choose an episode to read its prompt, reply and program.";
      return this.article.replaceChildren(make("p", { class: "empty" }, words));
    }
    this.needle = (place().get("text") ?? "").toLowerCase();
    const first = episode.queries.find((query) => query.outcome !== "right") ?? episode.queries[0];
    const open = (episode.queries.find((query) => query.name === name) ?? first).call;
    this.article.replaceChildren(this.head(episode), this.facts(episode), this.queries(episode),
      ...episode.calls.map((call, at) => this.call(episode, call, at, at === open)));
    if (name !== null) this.article.querySelectorAll("details.call")[open]?.scrollIntoView();
  }

  head(episode) {
    const step = (by, words) => {
      const other = this.list.beside(episode.id, by);
      return other ? make("a", { href: linkTo({ e: other.id, q: "" }), rel: by > 0 ? "next" : "prev" }, words) : null;
    };
    const title = `${episode.of.task} ${episode.of.variant}, ${episode.setting}, episode ${episode.number}`;
    return make("header", {},
      make("nav", { "aria-label": "Episodes beside this one" }, make("a", { class: "back", href: linkTo({ e: "", q: "" }) }, "← All episodes"),
        step(-1, "Previous"), step(1, "Next")),
      make("h1", { tabindex: "-1" }, title),
      make("p", { class: "lead" }, this.data.settings[episode.setting] ?? ""));
  }

  facts(episode) {
    const { of, ambiguity, uncovered, corrupted } = episode;
    const shown = this.data.shots[episode.setting];
    const told = [["Model", of.model], ["Seed", of.seed], ["Asked under", episode.options], ["Run", of.name],
      ["Run’s state", of.state === "complete" ? null : of.state],
      ["Rules that fit the examples", shown ? ambiguity : null],
      ["Letters that no example shows", shown ? uncovered : null],
      ["Wrong examples", shown && corrupted ? corrupted : null],
      ["Answers by meaning", episode.groups?.join("; ")]];
    const pairs = told.filter(([, value]) => value !== null && value !== undefined && value !== "");
    return make("dl", { class: "facts" }, ...pairs.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
  }

  queries(episode) {
    const titles = ["query", "input", "expected", "got", "outcome", "why"];
    const head = make("tr", { role: "row" }, ...titles.map((title) => make("th", { scope: "col", role: "columnheader" }, title)));
    const rows = episode.queries.map((query) => {
      const link = make("a", { href: linkTo({ e: episode.id, q: query.name }), title: "Show this query’s call" }, query.name);
      const why = [this.data.why[query.outcome], query.score && `Its score is ${query.score}.`, query.message, query.world && `The default world says ${query.world}.`,
        query.unstable && `Its outcome is ${query.unstable}: it changed when the program ran again.`];
      const badge = make("span", { class: `badge ${colour(query.outcome)}` }, query.outcome.replace("_", " "));
      const values = [query.input, query.expected, query.got ?? "–"].map((text) => make("code", {}, ...marked(text, this.needle)));
      const cells = [link, ...values, badge, make("span", {}, ...marked(why.filter(Boolean).join(" "), this.needle))];
      return make("tr", { role: "row" }, ...cells.map((cell, at) => make("td", { role: "cell", "data-title": titles[at] }, cell)));
    });
    return make("table", { class: "queries", role: "table", "aria-label": "Queries" },
      make("thead", { role: "rowgroup" }, head), make("tbody", { role: "rowgroup" }, ...rows));
  }

  // One call: its texts are drawn when it is opened.
  call(episode, call, at, open) {
    const own = episode.queries.filter((query) => query.call === at);
    const all = own.length > 1 && own.length === episode.queries.length;
    const names = all ? `${own[0].name}–${own.at(-1).name}` : own.map((query) => query.name).join(", ");
    const amount = (value, unit) => (value === undefined ? null : `${value.toLocaleString("en")} ${unit}`);
    const spent = [call.shots ? `${call.shots_right} of ${call.shots} shots right` : null,
      call.calls > 1 ? amount(call.calls, "calls") : null, amount(call.prompt_tokens, "tokens in"), amount(call.cached_tokens, "of them cached"),
      amount(call.completion_tokens, "tokens out"), amount(call.reasoning_tokens, "of them reasoning"),
      call.seconds ? `${call.seconds.toFixed(2)} s` : null].filter(Boolean).join(", ");
    const box = make("details", { class: "call", open },
      make("summary", {}, make("span", { class: "asked" }, `${own.length > 1 ? "Queries" : "Query"} ${names}`), ...own.slice(0, 30).map((query) => make("i", { class: colour(query.outcome) })),
        make("small", {}, spent)));
    const fill = () => box.open && box.childElementCount === 1 && box.append(this.texts(call, own));
    box.addEventListener("toggle", fill);
    fill();
    return box;
  }

  texts(call, own) {
    const prompt = call.prompt.map(([role, text]) => this.part(call.prompt.length > 1 ? `Prompt: ${role}` : "Prompt", text));
    const failing = new Set(own.map((query) => Number(/^line (\d+):/.exec(query.message ?? "")?.[1])));
    const state = call.reply_state && call.reply_state !== "ok" ? ` (${call.reply_state.replace("_", " ")})` : "";
    const came = [this.part("Reasoning", call.reasoning), this.part(`Reply${state}`, call.reply)];
    if (call.reply === undefined) came.push(make("p", { class: "empty" }, "No reply came."));
    if (call.program !== undefined) {
      const program = programText(this.data.texts[call.program], failing);
      came.push(make("section", { class: "said" }, make("h2", {}, "Program"), program));
    }
    return make("div", { class: "texts" }, make("div", {}, ...prompt), make("div", {}, ...came.filter(Boolean)));
  }

  part(title, text) {
    if (text === undefined || text === null) return null;
    const words = this.data.texts[text];
    const body = words ? make("pre", { class: "words" }, ...marked(words, this.needle)) : make("p", { class: "empty" }, "(empty)");
    return make("section", { class: "said" }, make("h2", {}, title), body);
  }
}
