"""Garment detection: photos in, boxes with categories out."""

from detector.network import UnusableWeights
from detector.protocol import CATEGORIES, Box, Detector, DetectorError, Photo, Region
from detector.yolo import WrongPhoto, YoloDetector

__all__ = [
    "CATEGORIES",
    "Box",
    "Detector",
    "DetectorError",
    "Photo",
    "Region",
    "UnusableWeights",
    "WrongPhoto",
    "YoloDetector",
]
