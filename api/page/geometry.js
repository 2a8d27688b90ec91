// Boxes on the photo: [x0, y0, x1, y1] in 0..1 of its width and height. Plain functions, nothing of the page.

export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const WHOLE = [0, 0, 1, 1];

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Return the box moved by (dx, dy), kept inside the photo with its size. */
export function moved([x0, y0, x1, y1], dx, dy) {
  const sx = clamp(dx, -x0, 1 - x1);
  const sy = clamp(dy, -y0, 1 - y1);
  return [x0 + sx, y0 + sy, x1 + sx, y1 + sy];
}

/** Return the box with the sides that `handle` names ("n", "se", ...) moved by (dx, dy); `least` is [width, height]. */
export function resized([x0, y0, x1, y1], handle, dx, dy, least) {
  const [width, height] = [Math.min(least[0], 1), Math.min(least[1], 1)];
  if (handle.includes("w")) x0 = clamp(x0 + dx, 0, Math.max(0, x1 - width));
  if (handle.includes("e")) x1 = clamp(x1 + dx, Math.min(1, x0 + width), 1);
  if (handle.includes("n")) y0 = clamp(y0 + dy, 0, Math.max(0, y1 - height));
  if (handle.includes("s")) y1 = clamp(y1 + dy, Math.min(1, y0 + height), 1);
  return [x0, y0, x1, y1];
}

/** Return the middle of a box as [x, y]. */
export function middle([x0, y0, x1, y1]) {
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}

/** Return the four corners of a box as [x, y]. */
export function corners([x0, y0, x1, y1]) {
  return [[x0, y0], [x1, y0], [x0, y1], [x1, y1]]; // prettier-ignore
}

/** Return the box as the service takes it: four decimals, never empty. */
export function rounded(box) {
  return box.map((side) => Math.round(clamp(side, 0, 1) * 1e4) / 1e4);
}

/** Say whether two boxes are the same to the eye. */
export function same(one, other) {
  return one.every((side, at) => Math.abs(side - other[at]) < 5e-4);
}

/** Say whether a box is the whole photo. */
export function isWhole(box) {
  return same(box, WHOLE);
}

/**
 * Push points apart that lie nearer than `gap` pixels, so that each can be tapped; and away from what is `taken`.
 * `points` are [x, y] in 0..1, `taken` are [x, y, room in pixels], `size` is the photo's [width, height] in pixels.
 * Later points give way, along the line between the two (straight down where they coincide).
 */
export function spread(points, size, gap, taken = []) {
  const placed = taken.map(([x, y, room]) => [x * size[0], y * size[1], room]);
  for (const [x, y] of points) {
    const at = [x * size[0], y * size[1]];
    for (let round = 0; round < 8; round += 1) {
      const near = placed.find(([left, top, room]) => Math.hypot(left - at[0], top - at[1]) < room - 0.5);
      if (!near) break;
      const distance = Math.hypot(at[0] - near[0], at[1] - near[1]);
      const away = distance > 1 ? [(at[0] - near[0]) / distance, (at[1] - near[1]) / distance] : [0, 1];
      at[0] = clamp(near[0] + away[0] * near[2], 0, size[0]);
      at[1] = clamp(near[1] + away[1] * near[2], 0, size[1]);
    }
    placed.push([...at, gap]);
  }
  return placed.slice(taken.length).map(([x, y]) => [x / size[0], y / size[1]]);
}
