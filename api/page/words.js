// How things of the API are called before a shopper.

export const CATEGORIES = {
  bag: "Bag", dress: "Dress", hat: "Hat", jacket: "Jacket", pants: "Pants", shirt: "Shirt", shoe: "Shoe",
  shorts: "Shorts", skirt: "Skirt", sunglasses: "Sunglasses",
};
export const GENDERS = { female: "Women", male: "Men", unisex: "Unisex" };
export const AVAILABILITIES = {
  in_stock: "In stock", preorder: "Pre-order", backorder: "Back-order", out_of_stock: "Out of stock",
};

/** Return what a garment of the photo is called. */
export function garmentName(garment) {
  if (garment.whole) return "Your whole photo";
  return CATEGORIES[garment.category] ?? (garment.own ? "Your selection" : "Garment");
}

/** Return "1 product" or "7 products". */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
