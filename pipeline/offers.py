"""What the index offered for one part of a photo, and whether an answer made of it could still be overtaken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from index import Candidate
from pipeline.ranking import OTHER_KIND, Passed

Rows = Sequence[Sequence[Candidate]]


@dataclass(frozen=True, slots=True)
class Offer:
    """Candidates per vector of the part, `asked` at most: of any kind, and, where asked for, of its own kind alone."""

    asked: int
    any_kind: Rows
    own_kind: Rows | None = None

    def candidates(self) -> list[Candidate]:
        """Return all of them as one list: each product by its best score, best first, then by SKU."""
        return best_of([*self.any_kind, *(self.own_kind or ())])

    def unseen(self) -> float:
        """Return the most that a product can rank by which was not offered; minus infinity if no such one is left.

        Of its own kind, it scores less than the last of that list. Of another, less than the last of all, and that
        stands back.
        """
        if self.own_kind is None:
            return self._least(self.any_kind)
        return max(self._least(self.own_kind), self._least(self.any_kind) - OTHER_KIND)

    def _least(self, rows: Rows) -> float:
        return max((row[-1].score for row in rows if len(row) == self.asked), default=-math.inf)


def all_settled(offers: Sequence[Offer], answers: Sequence[Sequence[Passed]], need: int, min_score: float) -> bool:
    """Whether, in every part, no product that was not offered belongs among the first `need` of the answer."""
    return all(
        offer.unseen() < min_score or (len(answer) >= need and answer[need - 1].score >= offer.unseen())
        for offer, answer in zip(offers, answers, strict=True)
    )


def best_of(answers: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """Return the candidates of several vectors as one list: each product by its best score, best first, then by SKU."""
    if len(answers) == 1:
        return list(answers[0])
    best: dict[str, Candidate] = {}
    for candidate in (one for answer in answers for one in answer):
        if candidate.sku not in best or candidate.score > best[candidate.sku].score:
            best[candidate.sku] = candidate
    return sorted(best.values(), key=lambda one: (-one.score, one.sku))
