"""The scores of a finished run at several input sizes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import sqrt
from typing import Any

from torch import nn

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.evaluation.scoring import inputs_at, score_at, size_name
from cyclemlp.bundle.run_data import RunData
from cyclemlp.comparing.plan import Planned
from cyclemlp.console.devices import best_device
from cyclemlp.console.files import write_json
from cyclemlp.data.report.report import DataReport
from cyclemlp.data.report.usable import usable
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.settings.settings import Settings

Sizes = dict[str, dict[str, Any]]
"""Name of a size -> ``{"side", "scores"}``, or ``{"side", "refused"}`` with the reason."""


def scores_of(run: Planned, sizes: Sequence[int]) -> Sizes:
    """Score a run's bundle at its own size and at others; known scores are not computed again.

    Args:
        run: finished.
        sizes: sides of square inputs, in pixels.
    """
    known: Sizes = {}
    if run.scores.is_file():
        known = json.loads(run.scores.read_text(encoding="utf-8"))
    missing = [side for side in (None, *sizes) if not _has(known, side)]
    if missing:
        known |= _computed(run, missing)
        write_json(run.scores, known)
    return known


def _has(known: Sizes, side: int | None) -> bool:
    if side is None:
        return any(found["own"] for found in known.values())
    return f"{side}x{side}" in known


def opened(run: Planned) -> tuple[nn.Module, Task, Preprocessing, Split]:
    """Return a finished run's network on its device, and its held-out images.

    Args:
        run: finished.

    Returns:
        The network, its task, its preprocessing, and the images.
    """
    folder = RunFolder(run.folder)
    bundle = Bundle.from_pretrained(folder.path)
    task, place = bundle.task(), "cpu" if run.settings.accelerator == "cpu" else None
    preprocessing = bundle.config.preprocessing
    images = _held_out(folder, task, run.settings).with_channels(preprocessing.channels)
    return bundle.network.to(best_device(place)), task, preprocessing, images


def _computed(run: Planned, sides: Sequence[int | None]) -> Sizes:
    network, task, preprocessing, images = opened(run)
    found: Sizes = {}
    for side in sides:
        try:
            (inputs,) = inputs_at(network, task, preprocessing, [side])
        except ValueError as error:  # a network for one size
            reason = run.candidate.worded(str(error))
            found[f"{side}x{side}"] = {"side": side, "own": False, "refused": reason}
            continue
        scores = score_at(network, task, inputs, images, None, run.settings.workers or 0)
        height, width = inputs.image_size
        found.setdefault(
            size_name(task, inputs),
            {"side": sqrt(height * width), "own": side is None, "scores": scores.to_dict()},
        )
    return found


def _held_out(folder: RunFolder, task: Task, settings: Settings) -> Split:
    report = DataReport.from_dict(json.loads(folder.report.read_text(encoding="utf-8")))
    images = RunData.read(folder.data).open(task.open, "val", task.classes)
    return usable(images, report, settings.on_bad_file)
