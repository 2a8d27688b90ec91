"""How soon a search shows a write, while many writes go on."""
