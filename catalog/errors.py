"""What can go wrong in the catalog; each name states the fact."""

from __future__ import annotations


class CatalogError(Exception):
    """Base of all faults of the catalog."""


class CatalogUnavailable(CatalogError):
    """The database cannot be reached or used at the moment; trying again may help."""


class BadStoreId(CatalogError):
    """Text that cannot be the id of a store."""


class StoreExists(CatalogError):
    """There is a store of that id already."""


class BadSku(CatalogError):
    """Text that cannot be a SKU."""


class BadImage(CatalogError):
    """Bytes that are not those their id stands for, or a description that does not fit its image."""


class UnknownStore(CatalogError):
    """No store of that id."""


class UnknownProduct(CatalogError):
    """No live product of that SKU in the store."""


class OutdatedWrite(CatalogError):
    """A write that came after a newer one, or for the second time, by the merchant's own numbers."""


class VersionMismatch(CatalogError):
    """A write meant for a version of the product that is not the present one."""


class RequestUnderWay(CatalogError):
    """A request with this key is being answered at this moment."""


class KeyReused(CatalogError):
    """A key that came with one request before, and with another one now."""


class UnknownImage(CatalogError):
    """No image of that id, or none that the store lists."""


class UnknownSpace(CatalogError):
    """No space of that id is kept."""


class SpaceNotFilled(CatalogError):
    """The space has not described yet what searches need."""


class WrongSpaceState(CatalogError):
    """The space is not in a state in which that can be done."""


class NothingToRollBackTo(CatalogError):
    """No space is kept that searches used before."""


class UnknownFeed(CatalogError):
    """No feed of that id in the store."""


class FeedExists(CatalogError):
    """The store has a feed of that name already."""


class UnknownJob(CatalogError):
    """No job of that id in the store."""


class JobNotWaiting(CatalogError):
    """The job is not in a state in which that can be done."""


class LeaseLost(CatalogError):
    """The job was cancelled, or another worker has taken it up."""


class UnknownWebhook(CatalogError):
    """The store has no webhook."""


class UnknownDelivery(CatalogError):
    """No delivery of that id in the store."""
