"""The HTTP face of Vitrine: resources, errors, the page."""
