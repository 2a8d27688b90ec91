"""Finds out how the text of a feed is encoded.

A byte order mark decides; then UTF-8, if the whole file is valid as such (the whole file, because a feed may well show
its first accent on line 50,000); then what the file declares; then a guess from the lines that are not plain ASCII.
Characters that cannot be read become U+FFFD, never silently: the row that holds one has a problem.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence

from charset_normalizer import from_bytes

from pipeline.feeds.records import UnreadableFeed
from pipeline.feeds.source import Source

SAMPLE_BYTES = 64 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNS = "–—‘’‚“”„…€«»°®™©·•²³½¼×£\xa0"
_WEST = "äöüßéèêëàâáíóúñçôîïûùåæøœãõÄÖÜÉÈÀÁÍÓÚÑÇÔÎÅÆØŒÃÕ"
_MIDDLE = "ąćęłńóśźżčďěňřšťůžáéíúýäöüßôľőűăâîşţđĄĆĘŁŃÓŚŹŻČĎĚŇŘŠŤŮŽÁÉÍÚÝÄÖÜŐŰĐ"
_TURKISH = "çğıöşüâîûÇĞİÖŞÜ"
_LATIN = (
    ("cp1252", _WEST), ("iso8859_15", _WEST), ("cp1250", _MIDDLE), ("iso8859_2", _MIDDLE), ("cp1254", _TURKISH),
    ("mac_roman", _WEST),
)  # fmt: skip
_OTHERS = ["cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"]
_THRESHOLD = 0.9  # of disorder: words alone look like little text
_WORD = re.compile(rb"[A-Za-z\x80-\xff]{2,}")
_RUN = re.compile(rb"[\x80-\xff]+")
_WIDE_SHARE = 0.3  # of zero bytes, in every other place
_ZERO_SHARE = 0.01


def encoding_of(source: Source, asked: str | None = None) -> str:
    """Return Python's name of the encoding. Reads the file once to its end. Raises UnreadableFeed."""
    head = source.head(SAMPLE_BYTES)
    if asked:
        return _known(source.name, asked)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if wide := _without_mark(head):
        return wide
    if head[:4096].count(0) > len(head[:4096]) * _ZERO_SHARE:
        raise UnreadableFeed(f"{source.name} is no text file; save it as CSV, TSV, XML or JSON lines")
    sample = _not_utf8(source.chunks())
    return "utf-8" if sample is None else _declared(head) or guess(sample)


def guess(sample: bytes) -> str:
    """Return the likeliest encoding of lines that are not valid UTF-8 as a whole."""
    text = sample.decode("utf-8", "surrogateescape")
    unreadable = sum("\udc80" <= letter <= "\udcff" for letter in text)
    if len(_RUN.sub(b"", sample)) + 2 * unreadable < len(text):
        return "utf-8"  # more of it reads as UTF-8 than not: some rows are damaged, not the file
    words = [word for word in _WORD.findall(sample) if not word.isascii()]
    if _beyond_latin(words):
        found = from_bytes(b" ".join(dict.fromkeys(words)), cp_isolation=_OTHERS, threshold=_THRESHOLD).best()
        if found is not None:
            return found.encoding
    return max(_LATIN, key=lambda one: _usual(sample, *one))[0]


def _beyond_latin(words: Sequence[bytes]) -> bool:
    """Whether words are written in other letters throughout, and not in Latin ones with an accent here and there."""
    runs = [run for word in words for run in _RUN.findall(word)]
    high, length = sum(map(len, runs)), sum(map(len, words))
    control = sum(byte < 0xA0 for run in runs for byte in run)  # signs in Western text, first bytes in Japanese
    return 2 * high > length and (2 * control > high or high > 2 * len(runs))


def _usual(sample: bytes, encoding: str, letters: str) -> float:
    """Return the share of usual characters among those that are not ASCII, the more usual encoding first on a tie."""
    odd = [letter for letter in sample.decode(encoding, "replace") if letter > "\x7f"]
    return sum(letter in letters or letter in _SIGNS for letter in odd) / max(1, len(odd))


def _not_utf8(chunks: Iterable[bytes]) -> bytes | None:
    """Return lines from before and from after the first fault, or None if everything is UTF-8.

    It goes to the end in any case: damage and size are to show before the first row is used.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    samples, valid = {True: b"", False: b""}, True
    for chunk in chunks:
        valid = valid and _decodes(decoder, chunk)
        if len(samples[valid]) < SAMPLE_BYTES and not chunk.isascii():
            accented = (line for line in chunk.splitlines(keepends=True) if not line.isascii())
            samples[valid] = (samples[valid] + b"".join(accented))[:SAMPLE_BYTES]
    valid = valid and _decodes(decoder, b"", final=True)
    return None if valid else samples[True] + samples[False]


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _without_mark(head: bytes) -> str | None:
    """Return UTF-16 of either order where every other byte is zero, as in mostly Latin text."""
    pairs = len(head) // 2
    if pairs and head[1::2].count(0) > _WIDE_SHARE * pairs and head[::2].count(0) == 0:
        return "utf-16-le"
    if pairs and head[::2].count(0) > _WIDE_SHARE * pairs and head[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _declared(head: bytes) -> str | None:
    found = re.match(rb"\s*<\?xml[^>]*?encoding=[\"']([\w.-]+)[\"']", head)
    try:
        name = codecs.lookup(found[1].decode()).name if found else "utf-8"
    except LookupError:
        return None
    if name.startswith("utf"):
        return None  # it is not valid as such
    return "cp1252" if name in ("iso8859-1", "ascii") else name  # as browsers read them


def _known(name: str, asked: str) -> str:
    try:
        return codecs.lookup(asked).name
    except LookupError:
        raise UnreadableFeed(
            f"{name}: {asked!r} is no known encoding; leave it out or name one, like 'utf-8'"
        ) from None
