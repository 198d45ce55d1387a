"""Scoring a bundle: opening the images, and scoring them at each input size."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import nn

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.evaluation.result import RESULT, Evaluation
from cyclemlp.bundle.evaluation.scoring import score_at, size_name
from cyclemlp.bundle.memory import advising_on_inference
from cyclemlp.bundle.run_data import RunData
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task


def open_images(bundle: Bundle, source: RunData, split: str) -> Split:
    """Open labelled images with the classes and channels of a bundle.

    Args:
        bundle: gives the order of the labels.
        source: the data set.
        split: the split's name.

    Raises:
        ValueError: there is no such split, or it has a class that the bundle lacks.
    """
    task = bundle.task()
    opened = source.open(task.open, split, task.classes)
    return opened.with_channels(bundle.config.preprocessing.channels)


def score_sizes(
    network: nn.Module,
    task: Task,
    inputs: Sequence[Preprocessing],
    images: Split,
    batch_size: int | None,
    workers: int,
    result: Evaluation,
    done: Callable[[str], None],
) -> None:
    """Score a network at each input size.

    Args:
        network: the network, on the device that computes.
        task: the task of the network.
        inputs: from `inputs_at`.
        images: labelled images.
        batch_size: images per forward pass; None for the task's default.
        workers: loading processes.
        result: receives the scores of each size.
        done: called with the name of each size in `result` after it is scored.

    Raises:
        NotEnoughMemoryError: the device ran out of memory; the message names the kept scores.
    """
    device = next(network.parameters()).device
    for preprocessing in inputs:
        name = size_name(task, preprocessing)
        with advising_on_inference(task, preprocessing, device, batch_size, lambda: _kept(result)):
            result.sizes[name] = score_at(network, task, preprocessing, images, batch_size, workers)
        done(name)


def _kept(result: Evaluation) -> str:
    """Return what an evaluation that cannot go on leaves behind."""
    sizes = ", ".join(result.sizes)
    return f"The scores at {sizes} are kept in {result.output / RESULT}" if sizes else ""
