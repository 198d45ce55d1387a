"""Scoring a network on corrupted images, one corruption and severity after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from torch import nn

from cyclemlp.bundle.evaluation.robustness.errors import ERRORS, Errors
from cyclemlp.bundle.evaluation.robustness.files import Store
from cyclemlp.bundle.evaluation.scoring import score_at
from cyclemlp.data.corruptions.corrupting import corrupted
from cyclemlp.data.corruptions.names import CORRUPTIONS
from cyclemlp.data.images.channels import RGB
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.pipeline import Change
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task


class Scored(NamedTuple):
    """What is scored: a network and labelled images.

    Attributes:
        name: of the bundle, as the user gave it.
        digest: of the bundle's files, see `network_digest`.
        network: on the device that computes.
        task: of the network.
        preprocessing: from an image to the network's input.
        images: labelled images, in the order of the task's classes.
    """

    name: str
    digest: str
    network: nn.Module
    task: Task
    preprocessing: Preprocessing
    images: Split

    @property
    def metric(self) -> str:
        """Name of the task's error."""
        return ERRORS[self.task.name]


@dataclass(frozen=True)
class Asked:
    """Which corruptions are asked for.

    Attributes:
        names: of corruptions, see `cyclemlp.data.corruptions.names.chosen`.
        severities: of each.
        seed: of the random draws.
        batch_size: images per forward pass; None for the task's default.
        workers: loading processes.
    """

    names: Sequence[str]
    severities: Sequence[int]
    seed: int = 0
    batch_size: int | None = None
    workers: int = 0

    def cells(self, task: Task) -> Iterator[tuple[str, int]]:
        """Return each corruption and severity; without those that move pixels, if masks do not."""
        for name in self.names:
            if not (task.pictures and CORRUPTIONS[name].moves):
                yield from ((name, severity) for severity in self.severities)

    def change(self, name: str, severity: int) -> Change:
        """Return the function that corrupts a picture."""
        return partial(corrupted, name=name, severity=severity, seed=self.seed)


def check_task(task: Task, preprocessing: Preprocessing) -> None:
    """Check that a network can be scored on corrupted images.

    Raises:
        ValueError: its task has no error, or its images are not RGB.
    """
    if task.name not in ERRORS:
        raise ValueError(
            f"--corruptions is for the tasks {' and '.join(ERRORS)}, and this bundle's task is "
            f"{task.name!r}; leave it out"
        )
    if preprocessing.channels != RGB:
        raise ValueError(
            f"--corruptions needs images of three channels, and this network takes "
            f"{preprocessing.channels}; leave it out"
        )


def measure(scored: Scored, clean: float, asked: Asked, store: Store) -> Errors:
    """Return the errors under each corruption and severity; those in `store` are not repeated.

    Args:
        scored: network and images.
        clean: headline score of the images as they are.
        asked: which corruptions.
        store: gets each error when it is known.

    Raises:
        ValueError: `store` has errors of something else.
    """
    task, known = scored.task, store.opened(errors_about(scored, asked), scored.metric, clean)
    cells = list(asked.cells(task))
    missing = [cell for cell in cells if cell not in known.cells]
    for number, cell in enumerate(missing, start=len(cells) - len(missing) + 1):
        what = f"{cell[0]}, severity {cell[1]} ({number} of {len(cells)})"
        known.cells[cell] = 1 - _score(scored, asked, asked.change(*cell), what)
        store.write(known)
    return known.only(cells)


def score_clean(scored: Scored, asked: Asked) -> float:
    """Return the headline score of the images as they are."""
    return _score(scored, asked, None, f"evaluating {scored.name}")


def _score(scored: Scored, asked: Asked, change: Change | None, what: str) -> float:
    _, _, network, task, preprocessing, images = scored
    done = score_at(
        network, task, preprocessing, images, asked.batch_size, asked.workers, change, what
    )
    return done.figures[task.headline]


def errors_about(scored: Scored, asked: Asked) -> dict[str, Any]:
    """Return what errors depend on, besides the corruption: JSON types, see `Errors.about`."""
    return {
        "bundle": scored.name,
        "network": scored.digest,
        "images": len(scored.images),
        "files": _signature(scored.images),
        "image_size": list(scored.preprocessing.image_size),
        "seed": asked.seed,
    }


def _signature(images: Split) -> str:
    """Return a checksum of the names of the files, which does not depend on their folder."""
    names = "\n".join(Path(images.source(index)).name for index in range(len(images)))
    return f"{crc32(names.encode()):08x}"
