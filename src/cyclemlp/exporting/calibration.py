"""The images on which the ranges of an int8 network are measured, and its metric."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from cyclemlp.bundle.evaluation.scoring import score_at
from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.images.picture import Picture, read_picture
from cyclemlp.data.layouts.common.split_names import MissingSplitError
from cyclemlp.data.layouts.recognizing import recognized
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task

_MOST = 128  # images for the ranges


@dataclass(frozen=True)
class Calibration:
    """A data set of the task, or a folder of images without labels.

    Attributes:
        task: of the network.
        preprocessing: of the network.
        images: labelled images for the ranges, or files.
        labelled: images for the metric; None if there are no labels.
    """

    task: Task
    preprocessing: Preprocessing
    images: Split | list[str]
    labelled: Split | None

    def inputs(self) -> Iterator[np.ndarray]:
        """Yield inputs ``(1, 3, H, W)``, of images spread evenly over the data set."""
        transform = self.task.eval_transform(self.preprocessing)
        step = max(1, len(self.images) // _MOST)
        for index in range(0, step * min(_MOST, len(self.images)), step):
            yield transform(self._image(index)).numpy()[None]

    def metric(self, network: nn.Module) -> float:
        """Return the task's headline metric of a network on the labelled images."""
        assert self.labelled is not None
        scores = score_at(network, self.task, self.preprocessing, self.labelled, None, 0)
        return scores.figures[self.task.headline]

    def _image(self, index: int) -> Picture:
        entry = self.images[index]
        channels = self.preprocessing.channels
        return read_picture(entry, channels) if isinstance(entry, str) else entry.image


def open_calibration(task: Task, preprocessing: Preprocessing, data: str) -> Calibration:
    """Open a data set in a layout of the task, or a folder of images.

    The ranges are measured on the split ``train``, the metric on ``val``. Without ``val`` there is
    no metric, and without ``train`` both use ``val``.

    Raises:
        FileNotFoundError: there are no images.
        ValueError: the data set has other classes, or masks that would be taken for images.
    """
    if not Path(data).is_dir():
        raise FileNotFoundError(f"--calibrate {data} is not a folder; give a data set or images")
    tasks = _tasks_of(data)
    if task.name not in tasks:
        _refuse_masks(task, data, tasks)
        files = _image_files(data)
        print(f"note: --calibrate {data} has no labels for {task.name}: no metric", file=sys.stderr)
        return Calibration(task, preprocessing, files, None)
    labelled = _opened(task, preprocessing, data, "val")
    ranges = _opened(task, preprocessing, data, "train") or labelled
    if ranges is None:
        raise ValueError(
            f"--calibrate {data} has neither a split 'train' nor 'val'; give a data set with one "
            "of them, or a folder of images"
        )
    if labelled is None:
        print(f"note: --calibrate {data} has no split 'val': no metric", file=sys.stderr)
    return Calibration(task, preprocessing, ranges, labelled)


def _opened(task: Task, preprocessing: Preprocessing, data: str, split: str) -> Split | None:
    """Return a split for the network's channels; None if the data set does not have it."""
    try:
        return task.open(data, split, task.classes).with_channels(preprocessing.channels)
    except MissingSplitError:
        return None


def _image_files(data: str) -> list[str]:
    files = [str(file) for file in sorted(Path(data).rglob("*")) if is_image_name(file.name)]
    if not files:
        raise FileNotFoundError(
            f"--calibrate {data} has no images; give a data set of the network's task, or a folder "
            "of images"
        )
    return files


def _tasks_of(data: str) -> set[str]:
    """Return the names of the tasks whose layouts a folder has."""
    try:
        return {task for layout in recognized(data, "--calibrate ") for task in layout.tasks}
    except ValueError:  # no layout at all
        return set()


def _refuse_masks(task: Task, data: str, tasks: set[str]) -> None:
    if "segment" in tasks:
        raise ValueError(
            f"--calibrate {data} is a data set for segment, whose masks are no images, and this "
            f"network's task is {task.name}; give a data set for {task.name}, or the folder of the "
            "images alone"
        )
