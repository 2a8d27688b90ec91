"""The authority: stores, products, images, descriptions, keys and the ordered log of changes."""
