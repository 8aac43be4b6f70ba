// List: filters, search, and the episodes that both leave.

const A_TIME = 150; // entries that are drawn at once

class List {
  constructor(data) {
    this.data = data;
    this.form = document.querySelector("#episodes form");
    this.items = document.querySelector("#episodes .list");
    this.more = document.querySelector("#episodes .more");
    this.shown = data.episodes;
    this.filtered = null;
    for (const name of FILTERS) this.fill(name);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", () => this.choose());
    let waiting;
    this.form.text.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.choose(), 200);
    });
    this.more.addEventListener("click", () => this.draw());
  }

  // What an episode has of a filter: one value, or for outcomes several.
  static values(episode, name) {
    if (name === "outcome") return [...episode.outcomes, ...(episode.right < episode.queries.length ? ["any miss"] : [])];
    return [episode[name] ?? episode.of[name]];
  }

  fill(name) {
    const known = new Set(this.data.episodes.flatMap((episode) => List.values(episode, name)));
    const order = { setting: Object.keys(this.data.settings), outcome: ["any miss", ...Object.keys(this.data.why)] }[name];
    const values = order ? order.filter((each) => known.has(each)) : [...known].sort(new Intl.Collator("en", { numeric: true }).compare);
    const select = this.form[name];
    select.append(make("option", { value: "" }, "all"), ...values.map((each) => make("option", { value: each }, each)));
    select.parentElement.hidden = values.length < 2 && name !== "outcome";
  }

  choose() {
    const wanted = Object.fromEntries([...FILTERS, "text"].map((name) => [name, this.form[name].value]));
    history.replaceState(null, "", linkTo(wanted));
    this.update();
  }

  // Brings form and list to what the hash says.
  update() {
    const at = place(), wanted = FILTERS.filter((name) => at.get(name));
    const state = JSON.stringify([...FILTERS, "text"].map((name) => at.get(name)));
    if (state === this.filtered) return this.mark();
    this.filtered = state;
    for (const name of FILTERS) this.form[name].value = at.get(name) ?? "";
    if (document.activeElement !== this.form.text) this.form.text.value = at.get("text") ?? "";
    const found = this.search((at.get("text") ?? "").toLowerCase());
    this.shown = this.data.episodes.filter((episode) => found(episode) &&
      wanted.every((name) => List.values(episode, name).includes(at.get(name))));
    const total = (count) => this.shown.reduce((sum, episode) => sum + count(episode), 0);
    const unanswered = total((episode) => episode.unanswered);
    const [right, answered] = [total((episode) => episode.right), total((episode) => episode.queries.length) - unanswered];
    document.querySelector("#episodes .count").textContent =
      `${this.shown.length.toLocaleString("en")} episodes, ${right.toLocaleString("en")} of ${answered.toLocaleString("en")} queries right` +
      (unanswered ? `, ${unanswered.toLocaleString("en")} unanswered` : "");
    this.items.replaceChildren();
    this.draw();
  }

  // A test of episodes: whether any text of theirs has the needle. Texts that many share are looked through once.
  search(needle) {
    if (!needle) return () => true;
    this.lower ??= this.data.texts.map((text) => text.toLowerCase());
    const hit = this.lower.map((text) => text.includes(needle));
    const has = (text) => text !== undefined && text.toLowerCase().includes(needle);
    return (episode) => has(episode.id) || has(episode.of.model) || has(episode.options) ||
      episode.calls.some((call) => hit[call.reply] || hit[call.reasoning] || hit[call.program] || call.prompt.some((part) => hit[part[1]])) ||
      episode.queries.some((query) => has(query.input) || has(query.expected) || has(query.got) || has(query.message));
  }

  draw() {
    const from = this.items.childElementCount;
    const entries = this.shown.slice(from, from + A_TIME).map((episode) => make("li", {}, this.entry(episode)));
    this.items.append(...entries);
    this.more.hidden = this.items.childElementCount >= this.shown.length;
    if (from) entries[0]?.firstElementChild.focus();
    this.mark();
  }

  entry(episode) {
    const { of, queries, right, number, setting } = episode;
    const dots = queries.slice(0, 30).map((query) => make("i", { class: colour(query.outcome) }));
    return make("a", { href: linkTo({ e: episode.id, q: "" }), "data-id": episode.id },
      make("span", { class: "what" }, `${of.task} ${of.variant} · ${setting}`),
      make("span", { class: "score" }, `${right}/${queries.length}`),
      make("span", { class: "who" }, `${of.model} · episode ${number}${episode.options === "defaults" ? "" : ` · ${episode.options}`}`),
      make("span", { class: "dots", "aria-hidden": "true" }, ...dots));
  }

  mark() {
    const id = place().get("e");
    for (const link of this.items.querySelectorAll("a")) {
      if (link.dataset.id === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    this.items.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  entryOf(id) {
    return this.items.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  // The episode so many places after another in the list.
  beside(id, step) {
    return this.shown[this.shown.findIndex((episode) => episode.id === id) + step];
  }
}
