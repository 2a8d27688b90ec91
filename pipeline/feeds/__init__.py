"""Product feeds as shops write them: Google Merchant, Shopify, WooCommerce, JSON lines, and tables of any kind."""

from pipeline.feeds.reading import FEED_SUFFIXES, Recognised, is_feed_name, read, recognise
from pipeline.feeds.records import FeedOptions, Format, Row, UnreadableFeed

__all__ = [
    "FEED_SUFFIXES",
    "FeedOptions",
    "Format",
    "Recognised",
    "Row",
    "UnreadableFeed",
    "is_feed_name",
    "read",
    "recognise",
]
