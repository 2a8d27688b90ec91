"""Plain text of descriptions that are written as HTML, in one pass whatever the HTML is like."""

from __future__ import annotations

import html
import re

_MARKUP = re.compile(r"<(?P<end>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9]*)\b[^<>]*>|<!--|-->|<[!?][^<>]*>")
_LOOKS_LIKE_HTML = re.compile(r"<[a-zA-Z/!][^<>]*>|&(?:[a-zA-Z]{2,31}|#\d+|#x[0-9a-fA-F]+);")
_BREAKS = re.compile(r"address|article|br|dd|div|dl|dt|h[1-6r]|li|ol|p|section|table|tr|ul")
_HIDDEN = ("script", "style", "template")
_COMMENT = "--"


def plain_text(text: str) -> str:
    """Return the words of `text`: no tags, scripts or entities; paragraphs and items on lines of their own."""
    if not _LOOKS_LIKE_HTML.search(text):
        return text.strip()
    lines = html.unescape("".join(_shown(text))).split("\n")
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _shown(text: str) -> list[str]:
    parts, position, hidden = [], 0, ""
    for found in _MARKUP.finditer(text):
        if not hidden:
            parts.append(" ".join(text[position : found.start()].split("\n")))
        position = found.end()
        tag = (found["tag"] or "").lower()
        if hidden:
            closes = found[0] == "-->" if hidden == _COMMENT else tag == hidden and found["end"]
            hidden = "" if closes else hidden
        elif found[0] == "<!--":
            hidden = _COMMENT
        elif tag in _HIDDEN and not found["end"]:
            hidden = tag
        elif _BREAKS.fullmatch(tag):
            parts.append("\n")
        elif tag in ("td", "th"):
            parts.append(" ")
    return parts if hidden else [*parts, " ".join(text[position:].split("\n"))]
