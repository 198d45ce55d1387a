"""Scoring a network on labelled images at one input size."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from cyclemlp.bundle.input_size import check_size, resized
from cyclemlp.console.progress import tracked
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.pipeline import Change
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.common.scores import Scores
from cyclemlp.tasks.common.scoring import evaluation_batches, score
from cyclemlp.tasks.contract import Task


def inputs_at(
    network: nn.Module, task: Task, preprocessing: Preprocessing, sizes: Sequence[int | None]
) -> list[Preprocessing]:
    """Return the preprocessing for each input size, after a check that the network takes it.

    Args:
        network: the network to evaluate.
        task: the task of the network.
        preprocessing: the preprocessing of the bundle.
        sizes: sides of the inputs, in pixels; None is the size of `preprocessing`.

    Raises:
        ValueError: the network does not take one of the sizes.
    """
    inputs = [resized(task, preprocessing, size) for size in sizes]
    for changed in inputs:
        check_size(network, task.batching.probe_size(changed.image_size), changed.channels)
    return inputs


def size_name(task: Task, preprocessing: Preprocessing) -> str:
    """Return the input size as ``"HxW"``, or ``"own"`` if the task keeps every image's own size."""
    return "own" if task.batching.keeps_size else "{}x{}".format(*preprocessing.image_size)


def score_at(
    network: nn.Module,
    task: Task,
    preprocessing: Preprocessing,
    images: Split,
    batch_size: int | None,
    workers: int,
    change: Change | None = None,
    what: str = "",
) -> Scores:
    """Score a network at one input size, with a progress bar.

    Args:
        network: the network, on the device that computes.
        task: the task of the network.
        preprocessing: from an image to the network's input.
        images: labelled images.
        batch_size: images per forward pass; by default the task's choice.
        workers: loading processes; 0 loads in the calling process.
        change: applied to each picture of the network's size.
        what: label of the bar; by default the size.
    """
    batches = evaluation_batches(task, images, preprocessing, batch_size, workers, change)
    progress = tracked(batches, what or f"evaluating at {size_name(task, preprocessing)}")
    return score(network, task, progress)
