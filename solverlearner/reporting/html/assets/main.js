// Main: from the hash to what is shown, and keys.

function showView() {
  const episodes = place().get("view") === "episodes";
  if (document.getElementById("episodes").hidden === episodes) scrollTo(0, 0);
  document.getElementById("overview").hidden = episodes;
  document.getElementById("episodes").hidden = !episodes;
  document.body.classList.toggle("reading", episodes && place().has("e"));
  for (const link of document.querySelectorAll(".top nav a")) {
    if (link.hash.endsWith("episodes") === episodes) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function keyPressed(event, list) {
  const typing = event.target.matches("input, select, textarea");
  const id = place().get("e");
  if (event.ctrlKey || event.metaKey || event.altKey || place().get("view") !== "episodes") return;
  if (event.key === "Escape" && id) {
    location.hash = linkTo({ e: "", q: "" });
  } else if (event.key === "/" && !typing) {
    if (id && matchMedia("(max-width: 50rem)").matches) location.hash = linkTo({ e: "", q: "" });
    list.form.text.focus();
  } else if ((event.key === "j" || event.key === "k") && !typing) {
    const other = list.beside(id, event.key === "j" ? 1 : -1);
    if (other) location.hash = linkTo({ e: other.id, q: "" });
  } else if (event.key === "ArrowDown" && event.target === list.form.text) {
    list.items.querySelector("a")?.focus();
  } else if (event.key.startsWith("Arrow") && list.items.contains(event.target)) {
    const beside = event.target.parentElement[event.key === "ArrowDown" ? "nextElementSibling" : "previousElementSibling"];
    (beside?.firstElementChild ?? (event.key === "ArrowUp" ? list.form.text : event.target)).focus();
  } else return;
  event.preventDefault();
}

async function main() {
  showView();
  addEventListener("hashchange", showView);
  let data;
  try {
    data = await unpacked();
  } catch (error) {
    const words = `The episodes cannot be unpacked (${error.message}). It takes a browser of 2023 or newer.`;
    document.querySelector("#episodes article").replaceChildren(make("p", { class: "notice" }, words));
    return;
  }
  const list = new List(data), reader = new Reader(data, list);
  let shown = null;
  const update = () => {
    const at = place();
    if (at.get("view") !== "episodes") {
      shown = null; // who comes back from elsewhere is not taken to where they last read
      return;
    }
    list.update();
    const now = JSON.stringify([at.get("e"), at.get("q"), at.get("text")]);
    if (now === shown) return;
    const before = shown && JSON.parse(shown)[0], e = at.get("e");
    const first = shown === null;
    shown = now;
    reader.show(e, at.get("q"));
    if (first || before === e) return;
    if (e) scrollTo(0, 0);
    (e ? reader.article.querySelector("h1") : list.entryOf(before))?.focus({ preventScroll: Boolean(e) });
  };
  addEventListener("hashchange", update);
  addEventListener("keydown", (event) => keyPressed(event, list));
  update();
  document.body.classList.add("ready");
}

main();
