// A dot on every garment: a button that switches to its hits. Arrow keys walk from dot to dot.

import { middle, spread } from "./geometry.js";
import { garmentName } from "./words.js";

const GAP_PIXELS = 44;
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

  /** Put the dots on their garments, the chosen one first; those too near to each other make room. */
  function place({ garments, chosen }) {
    const shown = garments.filter((one) => !one.whole).sort((one, other) => (other.id === chosen) - (one.id === chosen));
    const size = [layer.clientWidth || 1, layer.clientHeight || 1];
    const points = spread(shown.map((one) => middle(one.box)), size, GAP_PIXELS);
    shown.forEach((one, at) => {
      const { style } = buttons.get(one.id);
      style.left = `${points[at][0] * 100}%`;
      style.top = `${points[at][1] * 100}%`;
    });
  }
}
