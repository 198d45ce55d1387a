"""Evaluation of a network on labelled images."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only
from torch.utils.data import DataLoader

from cyclemlp.data.loading.loader import eval_loader
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.pipeline import Change
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.common.scores import Scores
from cyclemlp.tasks.contract import Task


def evaluation_batches(
    task: Task,
    split: Split,
    preprocessing: Preprocessing,
    batch_size: int | None = None,
    workers: int = 0,
    change: Change | None = None,
) -> DataLoader[Any]:
    """Return a loader of the batches ``(images, targets)`` on which a network is evaluated.

    Args:
        task: transforms and batches the images.
        split: labelled images.
        preprocessing: of the images.
        batch_size: images per forward pass; None for the task's default.
        workers: loading processes.
        change: applied to each picture of the network's size.
    """
    return eval_loader(
        split,
        task.eval_transform(preprocessing, change),
        batch_size=task.batching.images_at_once(batch_size),
        workers=workers,
        collate=task.batching.collate,
    )


def score(network: nn.Module, task: Task, batches: Iterable[tuple[Any, Any]]) -> Scores:
    """Evaluate a network in detail, on the device of its parameters.

    Args:
        network: in evaluation mode.
        task: its metrics are computed.
        batches: prepared images and targets.
    """
    device = next(network.parameters()).device
    metrics = task.metrics(detailed=True).to(device)
    with torch.inference_mode():
        for batch in batches:
            images, targets = tree_map_only(Tensor, lambda value: value.to(device), batch)
            metrics.update(task.infer(network, images), targets)
    computed = metrics.compute()
    first = {name: computed[name] for name in (task.headline, task.ranking)}
    return Scores.of(first | computed, task.classes)
