"""The verb ``evaluate``: a bundle's scores on labelled images, at one or several input sizes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclemlp.bundle.finding import find_bundle
from cyclemlp.bundle.run_data import RunData, data_of_run
from cyclemlp.console.files import write_json
from cyclemlp.console.output import output_folder
from cyclemlp.console.progress import counted
from cyclemlp.console.ranges import at_least
from cyclemlp.data.layouts.recognizing import require_data
from cyclemlp.data.layouts.timm_names import is_timm_string
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable
from cyclemlp.extras import needed_by
from cyclemlp.tasks import predict_defaults

if TYPE_CHECKING:
    from cyclemlp.bundle.evaluation.result import Evaluation
    from cyclemlp.tasks.common.scores import Scores
    from cyclemlp.tasks.contract import Task

_RESULT = "metrics.json"

defaults_for = predict_defaults  # of the command line


def evaluate(
    bundle: str,
    data: str | None = None,
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
        bundle: a bundle's or training run's folder, a Hugging Face Hub id, or an exported network's
            folder or file.
        data: a folder in the task's layout, for classification ``ROOT/SPLIT/<class>/*``, or a
            timm data set string; by default the data set of the training run that `bundle` is in.
        split: the split to score on.
        image_size: sides of the square inputs, in pixels; dense tasks fit an image into this
            square. By default the bundle's size.
        output: folder to write into; by default a new one, runs/evaluate, runs/evaluate-2, ….
        overwrite: replace the results in `output`.
        on_bad_file: what to do about images that cannot be used: stop before evaluating, or skip.
        batch_size: images per forward pass; by default 32, or 8 in dense tasks.
        workers: loading processes; 0 loads in this one.
        device: where to compute; by default the accelerator, or the CPU if there is none.
        task_args: settings of the task, e.g. ``window: 512``; ``--help`` after a bundle lists those
            of its task.

    Returns:
        Scores for each size, also written to ``metrics.json``.

    Raises:
        FileNotFoundError: there is no such bundle or data.
        ValueError: the data has other classes, or images that cannot be used.
    """
    at_least(1, batch_size=batch_size)
    at_least(0, workers=workers)
    if data is not None:
        require_data(data)
    place = find_bundle(str(bundle))
    source = _source(bundle, place, data)
    sides = _sizes(image_size)
    with needed_by("evaluate"):
        from cyclemlp.bundle.bundle import Bundle
        from cyclemlp.bundle.evaluation.result import Evaluation
        from cyclemlp.bundle.evaluation.scoring import inputs_at, score_at, size_name
        from cyclemlp.bundle.memory import advising_on_inference
        from cyclemlp.console.devices import best_device
    loaded = Bundle.from_pretrained(place)
    network, task = loaded.network.to(best_device(device)), loaded.task(**(task_args or {}))
    # Sizes are checked before the files are read, which can take long.
    inputs = inputs_at(network, task, loaded.config.preprocessing, sides)
    opened = source.open(task.open, split, task.classes)
    opened = opened.with_channels(loaded.config.preprocessing.channels)
    with counted("checking images") as progress:
        report = inspect_splits({split: opened}, progress=progress)
    images = usable(opened, report, on_bad_file)
    folder = output_folder(output, "evaluate", _RESULT, overwrite)
    write_json(folder / "data_report.json", report.to_dict())
    result = Evaluation({}, len(images), folder)
    asked = {"bundle": str(bundle), "data": source.data, "split": split}
    where = next(network.parameters()).device
    for preprocessing in inputs:
        name = size_name(task, preprocessing)
        kept = partial(_kept, result)
        with advising_on_inference(task, preprocessing, where, batch_size, kept):
            result.sizes[name] = score_at(network, task, preprocessing, images, batch_size, workers)
        _draw(result.sizes[name], task, folder / f"confusion-{name}.png")
        write_json(folder / _RESULT, asked | result.to_dict())
    return result


def _kept(result: Evaluation) -> str:
    """Return what an evaluation leaves behind that cannot go on."""
    sizes = ", ".join(result.sizes)
    return f"The scores at {sizes} are kept in {result.output / _RESULT}" if sizes else ""


def _source(bundle: str, place: Path, data: str | None) -> RunData:
    """Return the data set to score on: the one given, or that of the bundle's training run."""
    run = data_of_run(place)
    if data is not None:
        return run.at(data) if run else RunData(data)
    if run is None:
        raise ValueError(
            f"{bundle} is not in the folder of a training run that names its data set; give a data "
            "set with --data DIR"
        )
    if not is_timm_string(run.data) and not Path(run.data).exists():
        raise FileNotFoundError(
            f"{run.data}, the data set of the run {bundle}, does not exist; give its place with "
            "--data DIR"
        )
    return run


def _sizes(image_size: int | list[int] | None) -> list[int | None]:
    sizes = [image_size] if image_size is None or isinstance(image_size, int) else image_size
    for size in sizes:
        at_least(1, image_size=size)
    return list(dict.fromkeys(sizes))


def _draw(scores: Scores, task: Task, path: Path) -> None:
    if scores.confusion is not None:
        from cyclemlp.reporting.confusion import confusion_matrix

        confusion_matrix(scores.confusion, task.classes, path)
