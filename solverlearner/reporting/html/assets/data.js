"use strict";
// Data: the block above the script, unpacked. All of it may be a model's words: it becomes text nodes, never markup.

async function unpacked() {
  const bytes = Uint8Array.from(atob(document.getElementById("data").textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const data = JSON.parse(await new Response(stream).text());
  for (const episode of data.episodes) {
    const of = data.runs[episode.run];
    const options = of.options + (of.left_out.includes(episode.setting) ? data.left_out : "");
    Object.assign(episode, { of, options, right: 0, unanswered: 0, outcomes: new Set() });
    episode.id = [episode.of.name, episode.setting, episode.number].join("/");
    for (const query of episode.queries) {
      episode.outcomes.add(query.outcome);
      episode.right += query.outcome === "right";
      episode.unanswered += query.outcome === "unanswered";
    }
  }
  return data;
}

// Where one is, as the page's hash says it: view, the filters, e (the episode's id) and q (a query's name).
const FILTERS = ["model", "task", "variant", "setting", "outcome", "options"];
const place = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");

function linkTo(changes) {
  const at = place();
  at.set("view", "episodes");
  for (const [key, value] of Object.entries(changes)) {
    if (value === "" || value === null) at.delete(key);
    else at.set(key, value);
  }
  return "#" + at;
}

// Which of an outcome's six colours it has.
function colour(outcome) {
  return ["right", "partly", "wrong", "recited", "unanswered"].includes(outcome) ? outcome : "failed";
}
