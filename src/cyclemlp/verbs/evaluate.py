"""The verb ``evaluate``: a bundle's scores on labelled images, at one or several input sizes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclemlp.bundle.evaluation.result import RESULT, Evaluation
from cyclemlp.bundle.evaluation.robustness.files import find_baseline
from cyclemlp.bundle.finding import find_bundle
from cyclemlp.bundle.run_data import data_to_score
from cyclemlp.console.files import write_json
from cyclemlp.console.output import check_output, output_folder
from cyclemlp.console.progress import counted
from cyclemlp.console.ranges import at_least
from cyclemlp.data.corruptions.names import SEVERITIES
from cyclemlp.data.layouts.recognizing import require_data
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable
from cyclemlp.extras import needed_by
from cyclemlp.tasks import predict_defaults
from cyclemlp.verbs.corruptions import chosen_corruptions

if TYPE_CHECKING:
    from cyclemlp.tasks.common.scores import Scores
    from cyclemlp.tasks.contract import Task

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
    corruptions: list[str] | bool = False,
    severities: list[int] = [*SEVERITIES],  # noqa: B006 - shown by --help, never changed
    baseline: str | None = None,
    seed: int = 0,
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
        corruptions: also score on images corrupted as in ImageNet-C: names, families (noise, blur,
            weather, digital), ``standard``, ``extra`` or ``all``, which no value means too. For
            classification, and for segmentation without elastic_transform. The same call with
            --output and without --overwrite continues after an interruption.
        severities: of the corruptions, 1 to 5.
        baseline: bundle that the mean corruption error is relative to, or the folder of its
            evaluation with corruptions.
        seed: of the corruptions' random draws.

    Returns:
        Scores for each size, also written to ``metrics.json``; those on corrupted images also to
        ``corruptions.json`` and ``.csv``, and drawn.

    Raises:
        FileNotFoundError: there is no such bundle or data.
        ValueError: the data has other classes, or images that cannot be used.
    """
    at_least(1, batch_size=batch_size)
    at_least(0, workers=workers, seed=seed)
    sides = _sizes(image_size)
    corruptions = chosen_corruptions(corruptions, severities, baseline)
    if corruptions and len(sides) > 1:
        raise ValueError(
            f"--corruptions needs one --image-size, got {len(sides)}; evaluate each alone"
        )
    if data is not None:
        require_data(data)
    check_output(output, RESULT, overwrite)
    place = find_bundle(str(bundle))
    other = None if baseline is None else find_baseline(baseline)
    source = data_to_score(bundle, place, data)
    with needed_by("evaluate"):
        from cyclemlp.bundle.bundle import Bundle
        from cyclemlp.bundle.evaluation.robustness.measuring import Asked, Scored, check_task
        from cyclemlp.bundle.evaluation.robustness.run import RobustnessRun
        from cyclemlp.bundle.evaluation.run import open_images, score_sizes
        from cyclemlp.bundle.evaluation.scoring import inputs_at
        from cyclemlp.bundle.predictions.resuming import network_digest
        from cyclemlp.console.devices import best_device
        from cyclemlp.reporting.corruptions import draw_corruptions
    loaded = Bundle.from_pretrained(place)
    network, task = loaded.network.to(best_device(device)), loaded.task(**(task_args or {}))
    if corruptions:
        check_task(task, loaded.config.preprocessing)
    # Sizes are checked before the files are read, which can take long.
    inputs = inputs_at(network, task, loaded.config.preprocessing, sides)
    opened = open_images(loaded, source, split)
    with counted("checking images") as progress:
        report = inspect_splits({split: opened}, progress=progress)
    images = usable(opened, report, on_bad_file)
    folder = output_folder(output, "evaluate", RESULT, overwrite)
    write_json(folder / "data_report.json", report.to_dict())
    robustness = None
    if corruptions:
        robustness = RobustnessRun(
            Scored(str(bundle), network_digest(place), network, task, inputs[0], images),
            Asked(corruptions, list(dict.fromkeys(severities)), seed, batch_size, workers),
            folder,
            overwrite,
            other,
            lambda theirs: usable(open_images(theirs, source, split), report, on_bad_file),
        )
    result = Evaluation({}, len(images), folder)
    about = {"bundle": str(bundle), "data": source.data, "split": split}

    def keep(size: str) -> None:
        _draw(result.sizes[size], task, folder / f"confusion-{size}.png")
        if robustness is None:
            write_json(folder / RESULT, about | result.to_dict())
        else:  # this file says that all is done; an older one would stop who continues
            (folder / RESULT).unlink(missing_ok=True)

    score_sizes(network, task, inputs, images, batch_size, workers, result, keep)
    if robustness is not None:
        clean = next(iter(result.sizes.values())).figures[task.headline]
        errors = robustness.measure(clean)
        draw_corruptions(errors, folder / "corruptions")
        result = replace(result, corruptions=errors)
        write_json(folder / RESULT, about | result.to_dict())
    return result


def _sizes(image_size: int | list[int] | None) -> list[int | None]:
    sizes = [image_size] if image_size is None or isinstance(image_size, int) else image_size
    for size in sizes:
        at_least(1, image_size=size)
    return list(dict.fromkeys(sizes))


def _draw(scores: Scores, task: Task, path: Path) -> None:
    if scores.confusion is not None:
        from cyclemlp.reporting.confusion import confusion_matrix

        confusion_matrix(scores.confusion, task.classes, path)
