// The story of a search: a photo is asked about, a garment is chosen, its box adjusted, hits narrowed and continued.
// The last question wins: asking anew withdraws what is under way, and late answers are dropped.

import { asked, noticed } from "./filters.js";
import { isWhole, rounded, same } from "./geometry.js";
import { Problem } from "./service.js";
import { START, chosenGarment, shownView } from "./state.js";

/** Return the actions of the page over a store and a service. */
export function finder(state, shop) {
  let underWay = new AbortController();

  /** Ask what `question(signal)` asks; `take(answer)` returns what changes. */
  async function ask(changes, question, take) {
    underWay.abort();
    const { signal } = (underWay = new AbortController());
    state.set({ phase: "searching", loadingMore: false, problem: null, ...changes });
    try {
      const answer = await question(signal);
      if (!signal.aborted) state.set({ phase: "ready", loadingMore: false, ...take(answer) });
    } catch (error) {
      if (signal.aborted) return;
      state.set({ phase: "failed", loadingMore: false, problem: asProblem(error) });
    }
  }

  /** Forget the last photo and search with a new one: `source` is {blob, preview} or {url}, or a promise of one. */
  function start(source) {
    let known;
    const question = async (signal) => {
      known = await source;
      signal.throwIfAborted();
      state.set({ source: known });
      return shop.search(known, {}, signal);
    };
    return ask({ ...START, phase: "searching" }, question, (answer) => found(answer, state.get()));
  }

  /** Ask again for what is shown: a product's likes, or the chosen garment. */
  function refresh(changes = {}) {
    const after = { ...state.get(), ...changes };
    const { source, filters } = after;
    const [view, query] = [shownView(after), asked(filters)];
    if (!view) return source ? start(source) : Promise.resolve();
    const region = view.own ? rounded(view.box) : undefined;
    const options = { ...(query && { filters: query }), ...(region && { region }) };
    const question = (signal) =>
      view.product ? shop.similar(view.product.sku, options, signal) : shop.search(source, options, signal);
    return ask(changes, question, (answer) => {
      if (!view.product && !view.own) return found(answer, state.get());
      const [{ hits, cursor, palette }] = answer.regions;
      return updated(state.get(), view.id, { hits, cursor, palette, region, asked: signature(filters) }, hits);
    });
  }

  /** Show what is in the state, asking only where its hits are not those of the present filters. */
  function show(changes) {
    const view = shownView({ ...state.get(), ...changes });
    if (view?.asked === signature(state.get().filters)) {
      underWay.abort();
      state.set({ phase: "ready", loadingMore: false, problem: null, ...changes });
      return Promise.resolve();
    }
    return refresh(changes);
  }

  return {
    start,
    refresh,

    /** Show the hits of another garment of the photo. */
    choose: (id) => show({ chosen: id, trail: [] }),

    /** Set the box of a garment, and ask for what is inside. */
    adjust(id, box) {
      const before = state.get().garments.find((one) => one.id === id);
      if (!before || same(before.box, box)) return Promise.resolve();
      const garments = replaced(state.get().garments, id, { box, own: true, whole: isWhole(box), asked: null });
      return refresh({ garments, chosen: id, trail: [] });
    },

    /** Add a garment that the shopper marks by hand. */
    add(box) {
      const one = { id: `own-${crypto.getRandomValues(new Uint32Array(1))[0]}`, box, found: null, category: null,
        whole: false, own: true, palette: [], hits: [], cursor: null, asked: null }; // prettier-ignore
      return refresh({ garments: [...state.get().garments.filter((other) => !other.whole), one], chosen: one.id, trail: [] });
    },

    /** Narrow down by other filters. */
    filter: (filters) => refresh({ filters }),

    /** Fetch the next page of what is shown. */
    more() {
      const { source, filters, loadingMore } = state.get();
      const view = shownView(state.get());
      if (!view?.cursor || loadingMore) return Promise.resolve();
      const query = asked(filters);
      const options = { cursor: view.cursor, ...(query && { filters: query }), ...(view.region && { region: view.region }) };
      const question = (signal) =>
        view.product ? shop.similar(view.product.sku, options, signal) : shop.search(source, options, signal);
      return ask({ phase: "ready", loadingMore: true }, question, (answer) => {
        const [page] = answer.regions;
        return updated(state.get(), view.id, { hits: [...view.hits, ...page.hits], cursor: page.cursor }, page.hits);
      });
    },

    /** Show products like a product. */
    similarTo({ product, image }) {
      const view = { id: `like-${product.sku}-${state.get().trail.length}`, product, image, palette: [], hits: [],
        cursor: null, asked: null }; // prettier-ignore
      return refresh({ trail: [...state.get().trail, view] });
    },

    /** Go back along the trail until `depth` products are left on it. */
    back(depth) {
      const { trail } = state.get();
      return depth < trail.length ? show({ trail: trail.slice(0, depth) }) : Promise.resolve();
    },

    /** Leave the photo. */
    reset() {
      underWay.abort();
      state.set(START);
    },
  };
}

/**
 * Return what changes when the whole photo is answered: every garment that was found has news. Boxes that the shopper
 * set stay as they are. (A found garment is never asked about by its box alone: the shop would no longer know its kind.)
 */
function found({ regions }, { garments, chosen, filters, seen }) {
  const own = new Map(garments.filter((one) => one.own).map((one) => [one.id, one]));
  const answered = regions.map((region) => garment(region, filters));
  const all = answered.map((one) => own.get(one.id) ?? one);
  for (const one of answered) own.delete(one.id);
  all.push(...own.values());
  const primary = answered[Math.max(0, regions.findIndex((region) => region.primary))];
  return {
    garments: all,
    chosen: all.some((one) => one.id === chosen) ? chosen : (primary?.id ?? null),
    seen: noticed(seen, answered.flatMap((one) => one.hits)),
  };
}

function garment({ box, category, whole_photo: whole, palette, hits, cursor }, filters) {
  const id = `${category ?? "photo"} ${box.join(" ")}`;
  return { id, box, found: box, category, whole, palette, hits, cursor, own: false, asked: signature(filters) };
}

/** Return what changes when the view of this id, a garment or a product of the trail, has news. */
function updated({ garments, trail, seen }, id, news, hits) {
  return { garments: replaced(garments, id, news), trail: replaced(trail, id, news), seen: noticed(seen, hits) };
}

function replaced(list, id, changes) {
  return list.map((one) => (one.id === id ? { ...one, ...changes } : one));
}

function signature(filters) {
  return JSON.stringify(asked(filters) ?? {});
}

function asProblem(error) {
  if (error instanceof Problem) return error;
  console.error(error);
  return new Problem(-1, "Something went wrong", "Please try again with another photo.");
}
