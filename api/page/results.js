// Around the hits: whose they are, how many, what went wrong, what to do where there are none.

import { asked } from "./filters.js";
import { picture } from "./hits.js";
import { shownView } from "./state.js";
import { counted, garmentName } from "./words.js";

const byId = (id) => document.getElementById(id);

/** Draw head, status, problem and empty place of the state. */
export function results(state) {
  const [title, thumb, back, filters] = ["results-title", "results-picture", "back", "filters"].map(byId);
  let pictured = null;

  state.watch((now) => {
    const view = shownView(now);
    const text = titleOf(now, view);
    if (title.textContent !== text) title.textContent = text;
    byId("results-head").hidden = text === "";
    back.hidden = now.trail.length === 0;
    filters.hidden = !view;
    thumb.hidden = !view?.product;
    if (view?.product && view !== pictured) picture(thumb, view);
    pictured = view;
    palette(view?.palette ?? []);
    problem(now);
    empty(now, view);
    say(statusOf(now, view));
  });
}

function titleOf({ phase }, view) {
  if (view?.product) return `Similar to ${view.product.title}`;
  if (view) return garmentName(view);
  return phase === "searching" ? "Looking…" : "";
}

/** Say it to everybody: as text, and aloud to those who listen. The same words are not said twice. */
function say(text) {
  const status = byId("status");
  if (status.textContent !== text) status.textContent = text;
}

function statusOf({ phase, garments, loadingMore }, view) {
  if (phase === "start" || phase === "failed") return "";
  if (phase === "searching") return garments.length ? "Looking for products…" : "Looking for garments in your photo…";
  if (loadingMore) return "Loading more products…";
  if (!view) return "";
  const count = `${view.cursor ? "First " : ""}${counted(view.hits.length, "product")}`;
  const found = garments.filter((one) => !one.whole).length;
  const where = view.product ? "" : found > 1 ? `${found} garments in your photo. ` : "";
  if (view.whole && !view.own) return `No single garment stood out, so the whole photo was searched. ${count}.`;
  return `${where}${view.hits.length ? `${count}.` : "No products."}`;
}

function palette(colours) {
  const list = byId("palette");
  list.hidden = colours.length === 0;
  list.replaceChildren(...colours.map(({ lab: [light, a, b], weight }) => {
    const swatch = document.createElement("li");
    swatch.style.backgroundColor = `lab(${light} ${a} ${b})`;
    swatch.style.flexGrow = String(Math.max(weight, 0.06));
    return swatch;
  })); // prettier-ignore
}

function problem({ phase, problem: wrong }) {
  byId("problem").hidden = phase !== "failed" || wrong.aboutKey;
  if (phase !== "failed") return;
  byId("problem-title").textContent = wrong.title;
  byId("problem-detail").textContent = wrong.detail;
  byId("retry").hidden = !wrong.passing;
}

function empty({ phase, filters }, view) {
  const nothing = phase === "ready" && view && view.hits.length === 0;
  const narrowed = Boolean(asked(filters));
  byId("empty").hidden = !nothing;
  byId("empty-clear").hidden = !narrowed;
  byId("empty-title").textContent = narrowed ? "Nothing passes these filters" : "Nothing like it in the shop yet";
  byId("empty-detail").textContent = narrowed
    ? "Loosen one of them, or remove them all."
    : "Try another garment of the photo, or set the box a little wider.";
}
