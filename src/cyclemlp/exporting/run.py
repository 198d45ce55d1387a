"""The order of an export: trace, write, check, describe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.writing import replacing
from cyclemlp.data.images.channels import RGB
from cyclemlp.exporting.calibration import Calibration
from cyclemlp.exporting.check import TOLERANCE, Check, Checker
from cyclemlp.exporting.description import description
from cyclemlp.exporting.formats.choosing import chosen_quantizers
from cyclemlp.exporting.formats.format import Format
from cyclemlp.exporting.graph import Graph, traced
from cyclemlp.exporting.heads import Exportable, exportable
from cyclemlp.exporting.quantizing import int8_name, quantized
from cyclemlp.exporting.result import Exported, ExportResult
from cyclemlp.exporting.runner import RUNNER_NAME, write_runner
from cyclemlp.exporting.varying import check_varying
from cyclemlp.runtime.config import CONFIG_NAME, part_file
from cyclemlp.runtime.engines.choosing import ENGINES
from cyclemlp.tasks.batching import Listed
from cyclemlp.tasks.contract import Task
from cyclemlp.tasks.detection.objects import ObjectTask

Report = Callable[[str], None]
"""Shows the user what is done now."""


def export_bundle(
    bundle: Bundle,
    formats: Mapping[str, Format],
    folder: Path,
    dynamic: Sequence[str],
    opset: int | None,
    calibration: Calibration | None,
    report: Report,
    nms: bool = False,
) -> ExportResult:
    """Write a bundle's network in formats, and check each of them against PyTorch.

    If a step fails, `folder` keeps the files that it had.

    Args:
        bundle: to export.
        formats: names of formats.
        folder: to write into.
        dynamic: names of the axes that may vary; the others have the preprocessing's size.
        opset: version of ONNX's operators; None for the exporter's choice.
        calibration: also write int8 versions of the files, with these images.
        report: is told each step.
        nms: suppress boxes in the graph of a detector, whose batch size is then 1.

    Raises:
        ValueError: a setting does not suit the task, or the network differs from PyTorch's beyond
            tolerance.
    """
    size = bundle.config.preprocessing.image_size
    _check_channels(bundle)
    _check_nms(bundle.task(), nms)
    dynamic = [axis for axis in dynamic if not (nms and axis == "batch")]
    content = exportable(bundle.network.float().eval(), bundle.task(), size, dynamic, nms)
    check_varying(bundle, dynamic)
    _check(bundle.task(), content, dynamic, calibration)
    quantizers = chosen_quantizers([*formats]) if calibration is not None else {}
    described = {**formats, **{int8_name(name): one.format for name, one in quantizers.items()}}
    with replacing(folder, _file_names(described, content)) as new:
        checker = Checker.of(bundle, content, dynamic)
        done = _written(checker, content, formats, new, opset, report)
        if calibration is not None:
            report("quantizing to int8")
            done |= quantized(bundle, content, checker, new, calibration, quantizers)
        figures = {name: one.to_dict() for name, one in done.items()}
        _describe(new, described, content, description(bundle.config, content, dynamic, figures))
        runs = any(name in ENGINES for name in done)
        if runs:
            write_runner(new / RUNNER_NAME)
    runner = folder / RUNNER_NAME if runs else None
    return ExportResult(folder, done, tuple(dynamic), runner)


def _file_names(formats: Mapping[str, Format], content: Exportable) -> list[str]:
    """Return the names of all files that an export writes, the description last."""
    names = [
        file.name
        for one in formats.values()
        for part in content.parts
        for file in one.written(part_file(Path(one.file), part))
    ]
    return [*names, RUNNER_NAME, CONFIG_NAME]


def _describe(folder: Path, formats: Mapping[str, Format], content: Exportable, text: str) -> None:
    """Write the description beside the files and into them."""
    (folder / CONFIG_NAME).write_text(text, encoding="utf-8")
    for one in formats.values():
        for part in content.parts:
            one.describe(part_file(folder / one.file, part), text)


def _check(
    task: Task, content: Exportable, dynamic: Sequence[str], calibration: Calibration | None
) -> None:
    """Check what depends on the task.

    Raises:
        ValueError: a setting does not suit the task.
    """
    if isinstance(task.batching, Listed) and not {"height", "width"} <= set(dynamic):
        raise ValueError(
            f"images of {task.name} keep their aspect ratio, so that their sizes differ; add "
            "height and width to --dynamic"
        )
    if calibration is not None and len(content.parts) > 1:
        raise ValueError(
            f"--int8 is for networks of one graph, and this one has {', '.join(content.parts)}; "
            "leave out --int8"
        )


def _check_channels(bundle: Bundle) -> None:
    channels = bundle.config.preprocessing.channels
    if channels != RGB:
        raise ValueError(
            f"export writes networks of RGB images, and this one takes {channels}-channel images; "
            "predict with the bundle, or train with --model-args.in_chans 3"
        )


def _check_nms(task: Task, nms: bool) -> None:
    if nms and not isinstance(task, ObjectTask):
        raise ValueError(f"--nms is for detect and instance; {task.name} has no boxes")


def _written(
    checker: Checker,
    content: Exportable,
    formats: Mapping[str, Format],
    folder: Path,
    opset: int | None,
    report: Report,
) -> dict[str, Exported]:
    """Write and check all formats."""
    graphs: dict[str, Graph] = {}
    for name, part in content.parts.items():
        report(f"tracing the {name}")
        graphs[name] = traced(part)
    done: dict[str, Exported] = {}
    for name, one in formats.items():
        report(f"writing {name}")
        files = {part: part_file(folder / one.file, part) for part in graphs}
        for part, graph in graphs.items():
            one.write(graph, files[part], opset)
        report(f"comparing {name} with PyTorch")
        engines = {part: one.open(files[part], torch.get_num_threads()) for part in files}
        checked = checker.check(engines)
        _refuse_difference(name, checked)
        sizes = [file.stat().st_size for main in files.values() for file in one.written(main)]
        done[name] = Exported(one.file, sum(sizes), checked)
    return done


def _refuse_difference(name: str, checked: Check) -> None:
    if not checked.difference <= TOLERANCE:
        agreement = ", ".join(f"{what} {share:.4f}" for what, share in checked.agreement.items())
        raise ValueError(
            f"format {name} differs from PyTorch by {checked.difference:.2g} of the largest "
            f"output; the limit is {TOLERANCE:g} (agreement of predictions: {agreement}); nothing "
            "was written. Try another --opset or --format, and report it with the bundle"
        )
