// The filters as a row of buttons with a panel each, and what is chosen as chips that can be taken away.

import { FACETS, asked, choices, keyOf, priced, toggled } from "./filters.js";
import { shown } from "./money.js";

const byId = (id) => document.getElementById(id);

/** Draw the filter bar of the state; `filter(filters)` is called with every change, `clear` buttons take all away. */
export function filterBar(state, filter) {
  const bar = byId("filters");
  const change = (filters) => filter(filters);
  const panels = [pricePanel(state, change), ...FACETS.map((facet) => choicePanel(state, facet, change))];
  bar.append(...panels.flatMap(({ button, panel }) => [button, panel]));
  byId("empty-clear").addEventListener("click", () => filter({}));

  state.watch((now, before) => {
    if (now.filters === before.filters && now.seen === before.seen) return;
    for (const panel of panels) panel.draw(now);
    chips(now, change);
  });
}

/** Return a button and the panel it opens. The browser closes it by Escape or a tap elsewhere, and hands focus back. */
function shell(name, label) {
  const [button, panel] = [made("button", "filter"), made("div", "panel")];
  Object.assign(button, { type: "button", textContent: label });
  button.dataset.testid = `filter-${name}`;
  Object.assign(panel, { id: `panel-${name}`, popover: "auto" });
  panel.dataset.testid = `filter-${name}-panel`;
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", `Filter by ${label.toLowerCase()}`);
  button.setAttribute("popovertarget", panel.id);
  button.setAttribute("aria-haspopup", "dialog");
  panel.addEventListener("beforetoggle", (event) => {
    if (event.newState !== "open") return;
    below(button, panel);
    panel.querySelector("[autofocus]")?.removeAttribute("autofocus");
    panel.querySelector("input").autofocus = true;
  });
  panel.addEventListener("toggle", (event) => button.setAttribute("aria-expanded", String(event.newState === "open")));
  const mark = (count) => {
    button.textContent = count ? `${label} · ${count}` : label;
    button.classList.toggle("active", count > 0);
  };
  return { button, panel, mark };
}

/** Place the panel below its button; on narrow screens the style sheet makes it a sheet at the bottom. */
function below(button, panel) {
  const place = button.getBoundingClientRect();
  const widest = document.documentElement.clientWidth - 296;
  panel.style.left = `${Math.max(12, Math.min(place.left, widest)) + scrollX}px`;
  panel.style.top = `${place.bottom + 8 + scrollY}px`;
}

function choicePanel(state, facet, change) {
  const { button, panel, mark } = shell(facet.name, facet.label);
  const list = made("div", "choices");
  panel.append(heading(facet.label), list);
  list.addEventListener("change", ({ target }) => {
    change(toggled(state.get().filters, facet.name, target.dataset.label, target.checked));
  });
  if (!facet.fixed) panel.append(freeEntry(facet, (label) => change(toggled(state.get().filters, facet.name, label, true))));

  const draw = ({ seen, filters }) => {
    const chosen = filters[facet.name] ?? {};
    mark(Object.keys(chosen).length);
    const offered = choices(facet, seen, filters);
    const rows = new Map([...list.children].map((row) => [row.firstElementChild.value, row]));
    offered.forEach(([key, label], at) => {
      const row = rows.get(key) ?? choice(facet, key, label);
      row.firstElementChild.checked = key in chosen;
      if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
    });
    for (const row of [...list.children].slice(offered.length)) row.remove();
    list.hidden = offered.length === 0;
  };
  return { button, panel, draw };
}

function choice(facet, key, label) {
  const [row, input, text] = [made("label", "choice"), made("input"), made("span")];
  Object.assign(input, { type: "checkbox", value: key, name: facet.name });
  // Fixed choices are sent by their key, and shown by their label.
  input.dataset.label = facet.fixed ? key : label;
  text.textContent = label;
  row.append(input);
  if (facet.name === "color" && CSS.supports("color", key)) {
    const swatch = made("i", "swatch");
    swatch.style.backgroundColor = key;
    row.append(swatch);
  }
  row.append(text);
  return row;
}

function freeEntry({ name, label }, add) {
  const [form, input, button] = [made("form", "entry"), made("input"), made("button", "quiet")];
  Object.assign(input, { type: "text", name, placeholder: `Another ${label.toLowerCase()}`, maxLength: 100, autocomplete: "off" });
  input.setAttribute("aria-label", `Another ${label.toLowerCase()}`);
  input.dataset.testid = `filter-${name}-entry`;
  Object.assign(button, { type: "submit", textContent: "Add" });
  form.append(input, button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (keyOf(input.value)) add(input.value);
    input.value = "";
  });
  return form;
}

function pricePanel(state, change) {
  const { button, panel, mark } = shell("price", "Price");
  const form = made("form", "price");
  const [from, to, apply] = [bound("from", "From"), bound("to", "To"), made("button", "button")];
  Object.assign(apply, { type: "submit", textContent: "Show" });
  apply.dataset.testid = "filter-price-apply";
  form.noValidate = true;
  form.append(from.row, to.row, apply);
  panel.append(heading("Price"), form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change(priced(state.get().filters, from.value(), to.value()));
    panel.hidePopover();
  });
  const draw = ({ seen, filters: { price } }) => {
    mark(price ? 1 : 0);
    from.draw(price?.gte, seen.price && Math.floor(seen.price[0]));
    to.draw(price?.lte, seen.price && Math.ceil(seen.price[1]));
  };
  return { button, panel, draw };
}

function bound(name, label) {
  const [row, text, input] = [made("label"), made("span"), made("input")];
  Object.assign(input, { type: "number", name, min: "0", step: "any", inputMode: "decimal" });
  input.dataset.testid = `filter-price-${name}`;
  text.textContent = label;
  row.append(text, input);
  return {
    row,
    value: () => (input.value !== "" && input.valueAsNumber >= 0 ? input.valueAsNumber : null),
    draw(set, seen) {
      input.value = set ?? "";
      input.placeholder = seen ?? "";
    },
  };
}

function chips(now, change) {
  const list = byId("chips");
  const { filters, seen } = now;
  const parts = FACETS.flatMap((facet) =>
    Object.entries(filters[facet.name] ?? {}).map(([key, label]) => ({
      text: facet.fixed?.[key] ?? label,
      about: facet.label,
      without: toggled(filters, facet.name, key, false),
    })),
  );
  if (filters.price) parts.unshift({ text: range(filters.price, seen.currency), about: "Price", without: priced(filters, null, null) });
  const items = parts.map(({ text, about, without }) => item(chip(text, `Remove filter ${about}: ${text}`, () => change(without))));
  if (parts.length > 1) items.push(item(clear(() => change({}))));
  list.replaceChildren(...items);
  list.hidden = !asked(filters);
}

function range({ gte, lte }, currency) {
  const price = (amount) => (currency ? shown({ amount, currency }) : String(amount));
  if (gte === undefined) return `Up to ${price(lte)}`;
  return lte === undefined ? `From ${price(gte)}` : `${price(gte)} – ${price(lte)}`;
}

function chip(text, label, remove) {
  const one = made("button", "chip");
  Object.assign(one, { type: "button", textContent: text });
  one.dataset.testid = "filter-chip";
  one.setAttribute("aria-label", label);
  one.addEventListener("click", remove);
  return one;
}

function clear(all) {
  const one = made("button", "quiet");
  Object.assign(one, { type: "button", textContent: "Remove all" });
  one.dataset.testid = "filter-clear";
  one.addEventListener("click", all);
  return one;
}

function item(content) {
  const one = made("li");
  one.append(content);
  return one;
}

function heading(text) {
  const one = made("h3");
  one.textContent = text;
  return one;
}

function made(name, className = "") {
  const one = document.createElement(name);
  if (className) one.className = className;
  return one;
}
