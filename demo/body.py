"""The body that garments are cut for: a few measures in centimetres, y counted down from the crown of the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo.geometry import Pair

SHOULDER_Y, CHEST_Y, WAIST_Y, HIP_Y, CROTCH_Y = 33.5, 47.0, 65.0, 86.0, 91.0
KNEE_Y, ANKLE_Y, GROUND_Y = 128.0, 166.0, 175.0
UPPER_ARM, FOREARM = 28.0, 25.0


@dataclass(frozen=True, slots=True)
class Body:
    """Half-widths of a body (cm) and how it stands: angles of upper arms and forearms, outwards from hanging down."""

    shoulder: float = 18.5
    chest: float = 15.5
    waist: float = 12.5
    hip: float = 17.5
    right_arm: tuple[float, float] = (13.0, 7.0)  # on the viewer's right
    left_arm: tuple[float, float] = (13.0, 7.0)
    feet: float = 8.0  # distance of each ankle from the middle
    long: float = 1.0

    def half_width(self, y: float) -> float:
        """Return the half-width of the trunk at a height, hips going straight on below."""
        return float(np.interp(y, (CHEST_Y, WAIST_Y, HIP_Y), (self.chest, self.waist, self.hip)))

    def shoulder_line(self, x: float) -> float:
        """Return the height of the shoulder at a distance from the middle."""
        return float(np.interp(x, (6.0, self.shoulder), (28.0, SHOULDER_Y)))

    def arm(self, side: int) -> list[Pair]:
        """Return shoulder, elbow and wrist of an arm; `side` is 1 on the viewer's right, -1 on the left."""
        upper, lower = np.radians(self.right_arm if side > 0 else self.left_arm)
        shoulder = np.array([self.shoulder - 3.2, SHOULDER_Y + 3.4])
        elbow = shoulder + UPPER_ARM * np.array([np.sin(upper), np.cos(upper)])
        wrist = elbow + FOREARM * np.array([np.sin(lower), np.cos(lower)])
        return [(float(side * x), float(y)) for x, y in (shoulder, elbow, wrist)]

    def leg(self, side: int) -> list[Pair]:
        """Return hip, knee and ankle of a leg."""
        hip, ankle = self.hip * 0.5, self.feet
        return [(side * hip, CROTCH_Y - 3), (side * (hip + ankle) / 2, KNEE_Y), (side * ankle, ANKLE_Y)]

    def leg_middle(self, y: float) -> float:
        """Return how far the middle of a leg is from the middle of the body at a height."""
        return float(np.interp(y, (CROTCH_Y - 3, ANKLE_Y), (self.hip * 0.5, self.feet)))


WOMAN = Body()
MAN = Body(shoulder=21.5, chest=17.5, waist=15.5, hip=16.5, feet=8.5)
BETWEEN = Body(shoulder=19.5, chest=16.5, waist=14.5, hip=17.0)
