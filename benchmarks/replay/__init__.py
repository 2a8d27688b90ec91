"""Replays a merchant's day: catalog changes as fast as they can be made durable and searchable, beside searches."""
