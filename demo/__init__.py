"""A catalog of rendered garments, and a demo that searches it as a shopper would."""
