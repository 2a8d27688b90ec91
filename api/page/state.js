// What the page knows, in one place. Whoever draws something subscribes; nobody else keeps a copy.

/**
 * Return a store of `initial`: `get()`, `set(changes)`, `watch(draw)`. `draw(state, before)` runs once at once and
 * then after every change. States are never altered in place, so a drawer can compare parts by identity.
 */
export function store(initial) {
  let state = Object.freeze({ ...initial });
  const drawers = [];
  return {
    get: () => state,
    set(changes) {
      const before = state;
      state = Object.freeze({ ...state, ...changes });
      for (const draw of drawers) draw(state, before);
    },
    watch(draw) {
      drawers.push(draw);
      draw(state, {});
    },
  };
}

/**
 * The start. `phase`: "start", "searching", "ready", "failed". A garment is {id, box, found, category, whole, palette,
 * own, region, asked, hits, cursor}: `found` is where the detector saw it (null if the shopper marked it), `own` says
 * that the shopper set the box, `region` what the last question named, `asked` the filters it was asked with.
 * `trail` holds the products whose likes are shown, the last one on top; each also has `asked`, `hits`, `cursor`.
 */
export const START = {
  phase: "start",
  source: null,
  garments: [],
  chosen: null,
  trail: [],
  filters: {},
  seen: {},
  loadingMore: false,
  problem: null,
};

/** Return the chosen garment, or null. */
export function chosenGarment(state) {
  return state.garments.find((one) => one.id === state.chosen) ?? null;
}

/** Return whose hits are shown: the product on top of the trail, else the chosen garment, else null. */
export function shownView(state) {
  return state.trail.at(-1) ?? chosenGarment(state);
}
