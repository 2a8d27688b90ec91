"""A projection that is near for two photos of one garment and far for two garments.

First in closed form: what differs between views of one garment (their covariance within garments) is taken back by a
power of it, gently, because whitening it altogether costs more than it gives (training/LOG.md); the strongest
components of what is left are kept. Then some steps of contrastive learning from there, against the garments that lie
nearest.
R. Fisher, "The use of multiple measurements in taxonomic problems", 1936; A. van den Oord, Y. Li, O. Vinyals,
"Representation Learning with Contrastive Predictive Coding", 2018, https://arxiv.org/abs/1807.03748
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn.functional import cross_entropy, normalize

SPARE = 48  # dimensions carried beside those kept while iterating
ROUNDS = 3  # of subspace iteration; more change nothing

POWER = -0.15  # of the covariance within garments; -.5 whitens it
SHRINKAGE = 3.0  # how much of its mean variance is added to every direction
DYE_WEIGHT = 0.09  # of synthetic dyes against photos

STEPS = 480
BATCH = 400
RATE = 0.015  # of the mean entry of the matrix, a step; it falls to nothing
TEMPERATURE = 0.07
NEIGHBOURS = 8
LOOK_AGAIN = 100  # steps after which the nearest garments are found anew


def principal(rows: torch.Tensor, dimensions: int) -> torch.Tensor:
    """Return the (columns, dimensions) strongest right singular vectors of rows, strongest first.

    Subspace iteration: N. Halko, P. Martinsson, J. Tropp, "Finding structure with randomness", 2011,
    https://arxiv.org/abs/0909.4061
    """
    chance = torch.Generator().manual_seed(0)
    basis = torch.linalg.qr(torch.randn(rows.shape[1], dimensions + SPARE, generator=chance)).Q
    for _ in range(ROUNDS):
        basis = torch.linalg.qr(rows.T @ (rows @ basis)).Q
    seen = rows @ basis
    strength, turn = torch.linalg.eigh((seen.T @ seen).double())
    return (basis.double() @ turn[:, strength.argsort(descending=True)[:dimensions]]).float()


def steadied(views: torch.Tensor, power: float = POWER, shrinkage: float = SHRINKAGE) -> torch.Tensor:
    """Return the (D, D) matrix that takes back what differs between the (N, K, D) views of one garment."""
    apart = (views - views.mean(1, keepdim=True)).reshape(-1, views.shape[2])
    count, each = views.shape[:2]
    within = apart.T @ apart / (count * (each - 1))
    floor = shrinkage * within.trace() / len(within) * torch.eye(len(within))
    strength, turn = torch.linalg.eigh((within + floor).double())
    return (turn * strength.clamp(min=1e-12) ** power @ turn.T).float()


def strongest(views: torch.Tensor, dyes: torch.Tensor, basis: torch.Tensor, dimensions: int) -> torch.Tensor:
    """Return the (D, dimensions) matrix that applies a basis and keeps its strongest components.

    `views` are (M, D) rows of photos, `dyes` (L, D) rows of cloths, so that no dye is lost.
    """
    basis = basis / (views @ basis).norm(dim=1).mean()
    photos, cloths = views @ basis, dyes @ basis
    cloths = cloths / cloths.norm(dim=1).mean()
    spread = photos.T @ photos / len(photos) + DYE_WEIGHT * cloths.T @ cloths / len(cloths)
    strength, turn = torch.linalg.eigh(spread.double())
    kept = strength.argsort(descending=True)[:dimensions]
    matrix = (basis.double() @ turn[:, kept]).float()
    return matrix / (views @ matrix).norm(dim=1).mean()


def contrasted(views: torch.Tensor, start: torch.Tensor, steps: int = STEPS) -> torch.Tensor:
    """Return the (D, d) matrix learned from `start` on (N, K, D) views: two views of a garment against all others."""
    chance, each = torch.Generator().manual_seed(0), views.shape[1]
    matrix = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.AdamW([matrix], weight_decay=0.0)
    for step in range(steps):
        if step % LOOK_AGAIN == 0:
            near = _nearest(normalize(views[:, 0] @ matrix.detach(), dim=1))
        which = _alike(near, chance)
        one = torch.randint(each, (len(which),), generator=chance)
        other = (one + torch.randint(1, each, (len(which),), generator=chance)) % each
        loss = _loss([normalize(views[which, view] @ matrix, dim=1) for view in (one, other)])
        for group in optimizer.param_groups:
            group["lr"] = RATE * float(start.abs().mean()) * (1 - step / steps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return matrix.detach()


def _nearest(vectors: torch.Tensor) -> torch.Tensor:
    """Return the NEIGHBOURS nearest other garments of each, (N, NEIGHBOURS)."""
    parts = [(part @ vectors.T).topk(NEIGHBOURS + 1, 1).indices[:, 1:] for part in vectors.split(2000)]
    return torch.cat(parts)


def _alike(near: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
    """Return at most BATCH garments: some, and three that lie near each."""
    some = torch.randint(len(near), (BATCH // 4,), generator=chance)
    beside = [near[some, torch.randint(NEIGHBOURS, (len(some),), generator=chance)] for _ in range(3)]
    return torch.cat([some, *beside]).unique()


def _loss(pair: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return how badly each vector finds its garment's other view among all of both."""
    first, second = pair
    across = first @ second.T / TEMPERATURE
    right = torch.arange(len(first))
    losses = []
    for found, own in ((across, first), (across.T, second)):
        others = (own @ own.T / TEMPERATURE).masked_fill(torch.eye(len(own), dtype=torch.bool), -1e4)
        losses.append(cross_entropy(torch.cat([found, others], 1), right))
    return (losses[0] + losses[1]) / 2
