"""Before training: the data opened and checked, and how images become the network's input."""

from __future__ import annotations

import json
from typing import Any

from timm.data import resolve_model_data_config
from torch import nn

from cyclemlp.bundle.input_size import check_size
from cyclemlp.console.progress import counted
from cyclemlp.data.report import DataReport, inspect_splits, usable
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.classify import Preprocessing
from cyclemlp.tasks import Task, create_task, get_task
from cyclemlp.training.run.files import write_text
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.say import say
from cyclemlp.training.settings import Settings


def open_data(settings: Settings) -> tuple[Task, dict[str, Split]]:
    """Open the splits ``train`` and ``val``, and make the task for their classes."""
    kind = get_task(settings.task)
    train = kind.open(settings.data, "train")
    splits = {"train": train, "val": kind.open(settings.data, "val", train.classes)}
    task_args = kind.settings_of(train) | (settings.task_args or {})
    return create_task(settings.task, train.classes, train.colors, task_args), splits


def check(splits: dict[str, Split], settings: Settings, folder: RunFolder) -> DataReport:
    """Decode every image, write data_report.json, and say what was found.

    A run that goes on from a checkpoint keeps the report it began with: it must train on the same
    images.

    Raises:
        ValueError: images cannot be used and ``on_bad_file`` is ``stop``, or the images are no
            longer those of the report.
    """
    path = folder.report
    if folder.last.is_file() and path.is_file():
        report = DataReport.from_dict(json.loads(path.read_text(encoding="utf-8")))
    else:
        with counted("checking images") as progress:
            report = inspect_splits(splits, progress=progress)
        write_text(path, json.dumps(report.to_dict(), ensure_ascii=False, indent=2) + "\n")
        say(report.to_text())
    for split in splits.values():
        usable(split, report, settings.on_bad_file)  # raises now, before anything is built
    return report


def try_sizes(network: nn.Module, *sizes: tuple[int, int]) -> None:
    """Show the network one image of each (height, width).

    Raises:
        ValueError: it does not take them.
    """
    network.eval()  # one image is too few for batch norm's statistics
    for size in dict.fromkeys(sizes):
        check_size(network, size)
    network.train()


def preprocessing(network: nn.Module, settings: Settings, size: Any) -> Preprocessing:
    """The model's own preprocessing at another size.

    Args:
        network: a timm model, or one made of it.
        settings: may replace the crop.
        size: side, or (height, width), in pixels; None for the model's own.
    """
    config = resolve_model_data_config(network)
    height, width = (size, size) if isinstance(size, int) else size or config["input_size"][-2:]
    return Preprocessing(
        image_size=(height, width),
        crop_pct=config["crop_pct"] if settings.crop_pct is None else settings.crop_pct,
        interpolation=config["interpolation"],
        mean=config["mean"],
        std=config["std"],
    )
