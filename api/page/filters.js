// What the shopper narrows down by. Filters are {facet: {key: label}} and price {gte, lte}; none of it touches the page.

import { payable } from "./money.js";
import { AVAILABILITIES, CATEGORIES, GENDERS } from "./words.js";

/** The facets in the order of the bar. `fixed` choices are always offered; the others come from hits and free entry. */
export const FACETS = [
  { name: "color", label: "Colour", of: (product) => product.color?.split("/") },
  { name: "brand", label: "Brand", of: (product) => [product.brand] },
  { name: "size", label: "Size", of: (product) => [product.size] },
  { name: "gender", label: "Gender", fixed: GENDERS },
  { name: "category", label: "Category", fixed: CATEGORIES },
  { name: "availability", label: "Availability", fixed: AVAILABILITIES },
];

/** Return the filters as the service takes them; undefined where there are none. */
export function asked(filters) {
  const query = {};
  for (const { name } of FACETS) {
    const values = Object.keys(filters[name] ?? {});
    if (values.length) query[name] = { in: values };
  }
  if (filters.price) query.price = filters.price;
  return Object.keys(query).length ? query : undefined;
}

/** Return the filters with one choice of a facet added or taken away. Text is compared without regard to case. */
export function toggled(filters, facet, label, on) {
  const chosen = { ...filters[facet] };
  const key = keyOf(label);
  if (on) chosen[key] = chosen[key] ?? label.trim();
  else delete chosen[key];
  return { ...filters, [facet]: chosen };
}

/** Return the filters with another price range; bounds are numbers or null. The smaller one is the lower bound. */
export function priced(filters, from, to) {
  const [gte, lte] = from !== null && to !== null && from > to ? [to, from] : [from, to];
  const { price: _, ...rest } = filters;
  if (gte === null && lte === null) return rest;
  return { ...rest, price: { ...(gte !== null && { gte }), ...(lte !== null && { lte }) } };
}

/** Return what hits show, added to what was seen before: {facet: {key: label}, price: [low, high], currency}. */
export function noticed(seen, hits) {
  const next = { ...seen };
  for (const { product } of hits) {
    for (const { name, of } of FACETS) {
      for (const label of of?.(product) ?? []) {
        if (label?.trim()) next[name] = { [keyOf(label)]: label.trim(), ...next[name] };
      }
    }
    const price = payable(product);
    if (price) {
      const amount = Number(price.amount);
      const [low, high] = next.price ?? [amount, amount];
      next.price = [Math.min(low, amount), Math.max(high, amount)];
      next.currency = price.currency;
    }
  }
  return next;
}

/** Return the choices of a facet as [key, label] pairs in order: fixed ones, or what was seen and what is chosen. */
export function choices(facet, seen, filters) {
  if (facet.fixed) return Object.entries(facet.fixed);
  const all = { ...filters[facet.name], ...seen[facet.name] };
  return Object.entries(all).sort(([, one], [, other]) => one.localeCompare(other, undefined, { numeric: true }));
}

/** Return the key of a choice: what is the same but for case is one choice. */
export function keyOf(label) {
  return label.trim().toLowerCase();
}
