"""Addresses of images that a browser can load: each carries a token signed for one image of one store.

An ``<img>`` cannot send a key. The token stands for "this store showed this image"; it opens that image only, and only
as long as the image belongs to the store. It does not expire, so that the address, and what browsers keep, stay good.
"""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from itsdangerous import BadSignature, Signer

THUMBNAIL_SIDE = 320


class ImageLinks:
    """Makes addresses of images, and checks the tokens in them."""

    def __init__(self, secret: str, base_url: str) -> None:
        self._secret = secret
        self._base_url = base_url.rstrip("/")

    def of(self, store: str, image_id: str) -> dict[str, str]:
        """Return the image as it stands in answers: its id, and the addresses of the photo and of a thumbnail."""
        url = f"{self._base_url}/v1/images/{image_id}?token={quote(self.token(store, image_id), safe='')}"
        return {"id": image_id, "url": url, "thumbnail_url": f"{url}&size={THUMBNAIL_SIDE}"}

    def token(self, store: str, image_id: str) -> str:
        """Return the token by which anybody may load this image of this store."""
        return self._signer(image_id).sign(store).decode()

    def store_of(self, token: str, image_id: str) -> str | None:
        """Return the store that the token was made for; None if it was not made by us for this image."""
        try:
            return self._signer(image_id).unsign(token).decode()
        except BadSignature:
            return None

    def _signer(self, image_id: str) -> Signer:
        return Signer(self._secret, salt=f"vitrine.image.{image_id}", digest_method=hashlib.sha256)
