"""Description of crops: a vector, a palette, a fingerprint."""

from embedder.crops import BadCrop
from embedder.protocol import Embedder, EmbedderError, Likelihoods, Naming, Photo, Space, Vectors

__all__ = ["BadCrop", "Embedder", "EmbedderError", "Likelihoods", "Naming", "Photo", "Space", "Vectors"]
