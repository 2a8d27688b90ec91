// The box around the chosen garment: dragged by its eight handles or moved whole, by pointer or by keyboard.
// What it is set to is told once, when it is let go.

import { HANDLES, moved, resized, same } from "./geometry.js";
import { chosenGarment } from "./state.js";
import { garmentName } from "./words.js";

const LEAST_PIXELS = 28;
const STEP = 0.01;
const FAST = 5; // times STEP, while a key is held
const SETTLE_MS = 400; // after the last key
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Draw the box of the state; `adjust(id, box)` is called when the shopper has set it. */
export function box(state, adjust) {
  const [element, shade, frame] = ["box", "shade", "frame"].map((id) => document.getElementById(id));
  for (const name of HANDLES) element.append(handle(name));
  let drawn = null;
  let drag = null;
  let settling = null;

  state.watch((now, before) => {
    const garment = chosenGarment(now);
    if (now.chosen !== before.chosen) stop();
    element.hidden = shade.hidden = !garment || now.trail.length > 0;
    if (!garment) return;
    element.setAttribute("aria-label", `Box around: ${garmentName(garment)}`);
    if (garment !== chosenGarment({ garments: [], ...before }) && !drag && !settling) draw(garment.box);
  });

  element.addEventListener("pointerdown", (event) => {
    const grip = event.target.dataset.grip ?? (event.pointerType === "touch" ? null : "move");
    if (!grip || event.button !== 0) return; // a finger on the inside scrolls the page
    event.preventDefault();
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    settle();
    drag = { grip, from: [event.clientX, event.clientY], before: drawn };
    frame.classList.add("dragging");
  });
  element.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const { width, height } = frame.getBoundingClientRect();
    const [dx, dy] = [(event.clientX - drag.from[0]) / width, (event.clientY - drag.from[1]) / height];
    draw(changed(drag.before, drag.grip, dx, dy));
  });
  element.addEventListener("pointerup", () => drag && (release(), commit()));
  element.addEventListener("pointercancel", undo);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag) return undo();
    if (event.key === "Enter") return settle();
    const arrow = ARROWS[event.key];
    if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [dx, dy] = arrow.map((one) => one * STEP * (event.repeat ? FAST / 2 : 1));
    draw(changed(drawn, event.shiftKey ? "se" : "move", dx, dy));
    clearTimeout(settling);
    settling = setTimeout(settle, SETTLE_MS);
  });
  element.addEventListener("blur", settle);

  function changed(from, grip, dx, dy) {
    if (grip === "move") return moved(from, dx, dy);
    const { width, height } = frame.getBoundingClientRect();
    return resized(from, grip, dx, dy, [LEAST_PIXELS / width, LEAST_PIXELS / height]);
  }

  function draw(next) {
    drawn = next;
    for (const { style } of [element, shade]) {
      [style.left, style.top] = [`${next[0] * 100}%`, `${next[1] * 100}%`];
      [style.width, style.height] = [`${(next[2] - next[0]) * 100}%`, `${(next[3] - next[1]) * 100}%`];
    }
    element.dataset.box = next.map((side) => side.toFixed(4)).join(" ");
  }

  /** Take what the keyboard did as set. */
  function settle() {
    if (!settling) return;
    clearTimeout(settling);
    settling = null;
    commit();
  }

  function commit() {
    const garment = chosenGarment(state.get());
    if (garment && !same(drawn, garment.box)) adjust(garment.id, drawn);
  }

  function undo() {
    if (!drag) return;
    draw(drag.before);
    release();
  }

  function release() {
    drag = null;
    frame.classList.remove("dragging");
  }

  function stop() {
    clearTimeout(settling);
    settling = null;
    if (drag) release();
  }
}

function handle(name) {
  const made = document.createElement("span");
  made.className = `handle ${name}`;
  made.dataset.grip = name;
  made.dataset.testid = `box-handle-${name}`;
  return made;
}
