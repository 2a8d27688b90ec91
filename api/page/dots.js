// A dot on every garment: a button that switches to its hits. Arrow keys walk from dot to dot.

import { corners, middle, spread } from "./geometry.js";
import { garmentName } from "./words.js";

const GAP_PIXELS = 44;
const HANDLE_PIXELS = 30;
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Draw the dots of the state; `choose(id)` is called with the garment that was tapped. */
export function dots(state, choose) {
  const layer = document.getElementById("dots");
  const buttons = new Map();

  layer.addEventListener("click", (event) => {
    const dot = event.target.closest("button");
    if (dot) choose(dot.dataset.id);
  });
  layer.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const all = [...layer.children];
    const at = all.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    all[(at + step + all.length) % all.length].focus();
  });
  new ResizeObserver(() => place(state.get())).observe(layer);

  state.watch((now, before) => {
    if (now.garments !== before.garments) list(now);
    for (const [id, dot] of buttons) dot.setAttribute("aria-pressed", String(id === now.chosen && now.trail.length === 0));
    place(now);
  });

  /** Keep one button per garment that is not the whole photo; buttons stay, so that focus does. */
  function list({ garments }) {
    const shown = garments.filter((one) => !one.whole);
    for (const [id, dot] of buttons) {
      if (shown.some((one) => one.id === id)) continue;
      dot.remove();
      buttons.delete(id);
    }
    shown.forEach((one, at) => {
      if (!buttons.has(one.id)) layer.append(make(one.id));
      const dot = buttons.get(one.id);
      dot.setAttribute("aria-label", `${garmentName(one)}, garment ${at + 1} of ${shown.length}: show products like it`);
      dot.dataset.name = garmentName(one);
    });
  }

  function make(id) {
    const dot = document.createElement("button");
    dot.type = "button";
    dot.className = "dot";
    dot.dataset.id = id;
    dot.dataset.testid = "garment-dot";
    buttons.set(id, dot);
    return dot;
  }

  /** Put the dots on their garments. They make room for each other, for the chosen one, and for its box's corners. */
  function place({ garments, chosen, trail }) {
    const size = [layer.clientWidth || 1, layer.clientHeight || 1];
    const held = garments.find((one) => one.id === chosen && !one.whole);
    const others = garments.filter((one) => one !== held && !one.whole);
    const taken = held ? [[...middle(held.box), GAP_PIXELS]] : [];
    if (held && trail.length === 0) taken.push(...corners(held.box).map((corner) => [...corner, HANDLE_PIXELS]));
    const points = spread(others.map((one) => middle(one.box)), size, GAP_PIXELS, taken);
    others.forEach((one, at) => put(one, points[at]));
    if (held) put(held, middle(held.box));
  }

  function put({ id }, [x, y]) {
    const { style } = buttons.get(id);
    [style.left, style.top] = [`${x * 100}%`, `${y * 100}%`];
  }
}
