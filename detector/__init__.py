"""Garment detection: photos in, boxes with categories out."""

from detector.protocol import CATEGORIES, Box, Detector, DetectorError, Photo, Region

__all__ = ["CATEGORIES", "Box", "Detector", "DetectorError", "Photo", "Region"]
