// The hits as a grid of cards. While an answer is awaited, cards stay and fade; where there are none, grey ones stand in.

import { shown } from "./money.js";
import { shownView } from "./state.js";
import { AVAILABILITIES } from "./words.js";

const SKELETONS = 8;
const WIDTHS = [320, 640];
const SIZES = "(min-width: 1200px) 240px, (min-width: 720px) 30vw, 46vw";

/** Draw the hits of the state. `similar(hit)` and `more()` are called by their buttons. */
export function hits(state, { similar, more }) {
  const [list, button] = [document.getElementById("hits"), document.getElementById("more")];
  const [card, skeleton] = ["hit-template", "skeleton-template"].map((id) => document.getElementById(id).content);
  let drawn = null;
  button.addEventListener("click", more);

  state.watch((now) => {
    const view = shownView(now);
    const waiting = now.phase === "searching";
    list.setAttribute("aria-busy", String(waiting));
    button.hidden = !view?.cursor || waiting || now.phase === "failed";
    button.disabled = now.loadingMore;
    button.textContent = now.loadingMore ? "One moment…" : "Show more";
    if (waiting && !view?.hits.length) fill(null);
    else if (now.phase === "failed" && !now.loadingMore && now.problem && !view?.hits.length) fill([]);
    else fill(view?.hits ?? []);
  });

  /** Show these hits; null stands for hits to come. Cards that stay are not made anew. */
  function fill(next) {
    if (next === drawn) return;
    const goesOn = next && drawn?.length && next.length > drawn.length && drawn.every((one, at) => one === next[at]);
    if (next === null) list.replaceChildren(...Array.from({ length: SKELETONS }, () => skeleton.cloneNode(true)));
    else if (goesOn) append(next.slice(drawn.length));
    else list.replaceChildren(...next.map((one) => made(one)));
    drawn = next;
  }

  /** Add a page, and keep the keyboard where the reader is: on the first new card. */
  function append(page) {
    const cards = page.map((one) => made(one));
    const wasHere = document.activeElement === button;
    list.append(...cards);
    const first = list.children[list.children.length - page.length];
    if (wasHere) first.querySelector("a[href], button")?.focus({ preventScroll: true });
  }

  function made(hit) {
    const { product } = hit;
    const part = card.cloneNode(true);
    const one = (name) => part.querySelector(`.${name}`);
    part.firstElementChild.dataset.sku = product.sku;
    picture(one("hit-photo img"), hit);
    one("hit-brand").textContent = product.brand ?? "";
    const link = one("hit-title a");
    link.textContent = product.title;
    if (/^https?:/i.test(product.link ?? "")) link.href = product.link;
    price(one("hit-price"), product);
    one("hit-note").textContent = product.availability === "in_stock" ? "" : (AVAILABILITIES[product.availability] ?? "");
    const button = one("hit-similar");
    button.setAttribute("aria-label", `Similar to ${product.title}`);
    button.addEventListener("click", () => similar(hit));
    return part;
  }
}

/** Show the image of a hit in the size that is needed, its matching region in the middle. */
export function picture(image, { product, image: { url }, region }) {
  const here = new URL(url); // by whatever host name the service knows itself, this page reaches it by its own
  const sized = (width) => `${here.pathname}${here.search}&size=${width}`;
  image.alt = product.title;
  image.sizes = SIZES;
  image.srcset = WIDTHS.map((width) => `${sized(width)} ${width}w`).join(", ");
  image.src = sized(WIDTHS[0]);
  const [x0, y0, x1, y1] = region?.box ?? [0, 0, 1, 1];
  image.style.objectPosition = `${((x0 + x1) / 2) * 100}% ${((y0 + y1) / 2) * 100}%`;
  image.addEventListener("error", () => image.classList.add("lost"), { once: true });
}

function price(line, product) {
  if (!product.price && !product.sale_price) return;
  if (!product.sale_price || !product.price) {
    line.textContent = shown(product.sale_price ?? product.price);
    return;
  }
  const [now, before] = [document.createElement("ins"), document.createElement("s")];
  now.append(unseen("Now "), shown(product.sale_price));
  before.append(unseen("before "), shown(product.price));
  line.classList.add("reduced");
  line.append(now, " ", before);
}

function unseen(text) {
  const part = document.createElement("span");
  part.className = "unseen";
  part.textContent = text;
  return part;
}
