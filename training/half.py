"""Ultralytics' training with the network in bfloat16 on a CPU, where its own trainer knows full precision only.

Loss, weights, their averages and the optimizer stay in float32. With AMX a step takes a third of the time
(`training/LOG.md`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, WeightedRandomSampler
from ultralytics.data.build import InfiniteDataLoader, seed_worker
from ultralytics.models.yolo.detect import DetectionTrainer

WORKERS = 1  # processes that read and change photos, beside the one that trains


class HalfTrainer(DetectionTrainer):  # type: ignore[misc]  # Ultralytics is untyped to us
    """Trains in bfloat16, and draws from the folders of a data set as its data.yaml says (`draws`)."""

    def __init__(self, overrides: dict[str, Any]) -> None:
        self._threads = torch.get_num_threads()  # Ultralytics takes one core less than there are: half of two
        super().__init__(overrides=overrides)

    def _setup_train(self) -> None:
        super()._setup_train()
        torch.set_num_threads(self._threads)
        network: torch.nn.Module = self.model  # its running average is a copy made before
        self.model: torch.nn.Module = HalfNetwork(network.to(memory_format=torch.channels_last))

    def get_dataloader(
        self, dataset_path: str, batch_size: int = 16, rank: int = 0, mode: str = "train"
    ) -> DataLoader[Any]:
        """Return batches of a split; those to train on are drawn by folder."""
        if mode != "train":
            return super().get_dataloader(dataset_path, batch_size, rank, mode)
        dataset = self.build_dataset(dataset_path, mode, batch_size)
        draws = {str(Path(self.data["path"]) / folder): count for folder, count in self.data["draws"].items()}
        folders = [str(Path(file).parents[1]) for file in dataset.im_files]
        weights = [draws[folder] / folders.count(folder) for folder in folders]
        return InfiniteDataLoader(
            dataset=dataset,
            batch_size=batch_size,
            sampler=WeightedRandomSampler(weights, sum(draws.values())),
            num_workers=WORKERS,
            prefetch_factor=4,
            collate_fn=dataset.collate_fn,
            worker_init_fn=seed_worker,
            drop_last=True,
        )


class HalfNetwork(torch.nn.Module):  # type: ignore[misc]  # torch is untyped to us
    """A detection network whose layers compute in bfloat16, and its loss in float32.

    `module` is the network itself, where Ultralytics looks for it.
    """

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return a batch's losses: for the optimizer, and by name."""
        with torch.autocast("cpu", torch.bfloat16):
            found = self.module(batch["img"].contiguous(memory_format=torch.channels_last))
        exact = {name: values.float() if name in ("boxes", "scores") else values for name, values in found.items()}
        return self.module.loss(batch, exact)  # type: ignore[no-any-return]  # so is its loss
