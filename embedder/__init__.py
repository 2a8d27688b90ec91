"""Description of crops: a vector, a palette, a fingerprint."""

from embedder.protocol import Embedder, EmbedderError, Photo, Space, Vectors

__all__ = ["Embedder", "EmbedderError", "Photo", "Space", "Vectors"]
