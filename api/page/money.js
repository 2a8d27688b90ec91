// Prices in the shopper's own notation.

/** Return "€19.90" for {amount: "19.90", currency: "EUR"}; an unknown currency is written out. */
export function shown(money) {
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency: money.currency }).format(money.amount);
  } catch {
    return `${money.amount} ${money.currency}`;
  }
}

/** Return the price the shopper pays: the sale price where there is one; null where none is known. */
export function payable(product) {
  return product.sale_price ?? product.price ?? null;
}
