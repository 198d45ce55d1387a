"""The verb ``evaluate``: a bundle's scores on labelled images, at one or several input sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cyclemlp.bundle import Bundle
from cyclemlp.bundle.input_size import check_size, probe_size, resized
from cyclemlp.console.devices import best_device
from cyclemlp.console.folders import output_folder, write_json
from cyclemlp.console.progress import counted, tracked
from cyclemlp.console.ranges import at_least
from cyclemlp.console.tables import table
from cyclemlp.data.loading.loader import eval_loader
from cyclemlp.data.report import inspect_splits, usable
from cyclemlp.reporting.confusion import confusion_matrix
from cyclemlp.tasks import Task
from cyclemlp.tasks.common.scores import Row, Scores, score

_SHOWN_CLASSES = 20


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation gave.

    Attributes:
        sizes: input (height, width) as ``"HxW"``, or ``"own"`` with windows -> scores.
        images: how many were evaluated.
        output: the folder with ``metrics.json`` and a confusion matrix's picture a size.
    """

    sizes: dict[str, Scores]
    images: int
    output: Path

    def to_dict(self) -> dict[str, Any]:
        """The content of ``metrics.json``."""
        return {
            "images": self.images,
            "sizes": {size: scores.to_dict() for size, scores in self.sizes.items()},
        }

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        figures = list(next(iter(self.sizes.values())).figures)
        rows = [
            [size, *(f"{scores.figures[name]:.4f}" for name in figures)]
            for size, scores in self.sizes.items()
        ]
        yield table(["input", *figures], rows)
        size, scores = next(iter(self.sizes.items()))
        yield from _class_table(size, scores.weakest_first)
        yield ""
        yield f"{self.images} images; metrics.json and pictures are in {self.output}"


def evaluate(
    bundle: str,
    data: str,
    split: str = "val",
    image_size: int | list[int] | None = None,
    output: str | None = None,
    overwrite: bool = False,
    on_bad_file: Literal["stop", "skip"] = "stop",
    batch_size: int | None = None,
    workers: int = 2,
    device: str | None = None,
    task_args: dict[str, Any] | None = None,
) -> Evaluation:
    """Score a bundle on labelled images, at one or several input sizes.

    Args:
        bundle: a bundle's or training run's folder, or a Hugging Face Hub id.
        data: a folder in the task's layout, for classification ``ROOT/SPLIT/<class>/*``, or a
            timm data set string.
        split: the split to score on.
        image_size: sides of the square inputs, in pixels, or of the square that a picture is fitted
            into for dense tasks; by default the bundle's own size.
        output: folder to write into; by default a new one, runs/evaluate, runs/evaluate-2, ….
        overwrite: replace results that are in `output`.
        on_bad_file: what to do about images that cannot be used: stop before evaluating, or skip.
        batch_size: images a forward pass; by default 32, or 8 in dense tasks.
        workers: loading processes; 0 loads in this one.
        device: where to compute; by default the accelerator where there is one.
        task_args: settings of the task, e.g. for segmentation ``window: 512`` or ``flip: true``.

    Returns:
        Scores for each size, also written to ``metrics.json``.

    Raises:
        FileNotFoundError: no such bundle or data.
        ValueError: the data has other classes, or images that cannot be used.
    """
    at_least(1, batch_size=batch_size)
    at_least(0, workers=workers)
    loaded = Bundle.from_pretrained(bundle)
    network, task = loaded.network.to(best_device(device)), loaded.task(**(task_args or {}))
    inputs = [resized(task, loaded.config.preprocessing, size) for size in _sizes(image_size)]
    for preprocessing in inputs:  # before the files are read, which may take long
        check_size(network, probe_size(task, preprocessing))
    opened = task.open(data, split, task.classes)
    with counted("checking images") as progress:
        report = inspect_splits({split: opened}, progress=progress)
    images = usable(opened, report, on_bad_file)
    folder = output_folder(output, "evaluate", "metrics.json", overwrite)
    write_json(folder / "data_report.json", report.to_dict())
    sizes: dict[str, Scores] = {}
    for preprocessing in inputs:
        name = "own" if task.one_by_one else "{}x{}".format(*preprocessing.image_size)
        transform = task.eval_transform(preprocessing)
        loader = eval_loader(
            images,
            transform,
            batch_size=task.images_at_once(batch_size),
            workers=workers,
            stacks=task.stacks,
        )
        sizes[name] = score(network, task, tracked(loader, f"evaluating at {name}"))
        _draw(sizes[name], task, folder / f"confusion-{name}.png")
    result = Evaluation(sizes, len(images), folder)
    asked = {"bundle": str(bundle), "data": str(data), "split": split}
    write_json(folder / "metrics.json", asked | result.to_dict())
    return result


def _sizes(image_size: int | list[int] | None) -> list[int | None]:
    sizes = [image_size] if image_size is None or isinstance(image_size, int) else image_size
    for size in sizes:
        at_least(1, image_size=size)
    return list(dict.fromkeys(sizes))


def _draw(scores: Scores, task: Task, path: Path) -> None:
    if scores.confusion is not None:
        confusion_matrix(scores.confusion, task.classes, path)


def _class_table(size: str, rows: list[Row]) -> Iterator[Any]:
    seen = [row for row in rows if row.get("count", 1)]  # of the others the figures say nothing
    if not seen:
        return
    worst = seen[:_SHOWN_CLASSES]
    which = "all" if len(worst) == len(seen) else f"the {len(worst)} weakest of {len(seen)}"
    unseen = f"; {len(rows) - len(seen)} without images" if len(seen) < len(rows) else ""
    yield f"\nclasses at {size}, {which}, lowest {list(worst[0])[1]} first{unseen}"
    yield table(list(worst[0]), [[_cell(value) for value in row.values()] for row in worst])


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
