"""The verb ``export``: a bundle as files that run without this library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from cyclemlp.bundle.finding import find_bundle
from cyclemlp.console.output import check_output, output_folder, removed_if_empty
from cyclemlp.console.progress import steps
from cyclemlp.extras import needed_by
from cyclemlp.runtime.config import CONFIG_NAME, is_exported

if TYPE_CHECKING:
    from cyclemlp.exporting.result import ExportResult

FormatName = Literal["onnx", "openvino", "torch", "aoti"]
Axis = Literal["batch", "height", "width"]
_OPSETS = (18, 25)  # the oldest and the newest that onnxscript converts to
_SMALLEST = 32  # pixels


def export(
    bundle: str,
    format: list[FormatName] = ["onnx"],  # noqa: B006 - shown by --help, never changed
    output: str | None = None,
    overwrite: bool = False,
    size: list[int] | None = None,
    dynamic: list[Axis] = ["batch", "height", "width"],  # noqa: B006
    opset: int | None = None,
    int8: bool = False,
    calibrate: str | None = None,
    nms: bool = False,
) -> ExportResult:
    """Write a bundle's network as files that run without this library, checked against PyTorch.

    The folder gets each format's files, ``config.json`` with all that predictions need, and
    ``predict.pyz``, which predicts with NumPy, Pillow and ONNX Runtime or OpenVINO alone. The other
    formats are for programs with PyTorch; evaluate and predict do not open them, because torch
    executes code in them.

    Each file is compared with PyTorch at three sizes and two batch sizes, on random numbers and on
    drawn scenes, and is refused if it differs.

    Args:
        bundle: a bundle's or training run's folder, or a Hugging Face Hub id.
        format: one or several of onnx, openvino, torch (torch.export's .pt2) and aoti (machine code
            for this processor).
        output: folder to write into; by default a new one, runs/export, runs/export-2, ….
        overwrite: replace the exported files in `output`.
        size: side, or height and width, in pixels, to which images are resized; by default the
            bundle's.
        dynamic: the axes that may vary. The others have batch size 1 and `size`.
        opset: version of ONNX's standard operators; by default torch's choice.
        int8: also write int8 versions of the files of onnx and openvino, with the metric before and
            after.
        calibrate: data set in the task's layout, or folder of images, on which the ranges of int8
            are measured; with labels, the metric is computed on its split ``val``.
        nms: of a detector, write one graph from the image to boxes, labels, scores and masks, of
            batch size 1, with the bundle's min_score, nms_iou and max_objects. By default the
            runtime selects the boxes.

    Returns:
        The files, the differences from PyTorch, sizes and speeds.

    Raises:
        FileNotFoundError: there is no such bundle.
        ImportError: a library of a format is not installed.
        ValueError: the network cannot be exported, a size is too small, or a file differs from
            PyTorch beyond tolerance.
    """
    sides = _sides(size)
    _check(format, opset)
    _check_int8(format, int8, calibrate)
    if nms and int8:
        raise ValueError("--nms and --int8 exclude each other; leave out one of them")
    _keep_bundles(output)
    check_output(output, CONFIG_NAME, overwrite)
    place = find_bundle(str(bundle))
    if is_exported(place if place.is_dir() else place.parent):
        raise ValueError(f"{bundle} is an export already; give the bundle that it was made from")
    with needed_by("export"):
        from cyclemlp.bundle.bundle import Bundle
        from cyclemlp.bundle.input_size import resized
        from cyclemlp.exporting.calibration import open_calibration
        from cyclemlp.exporting.formats.choosing import chosen_formats, chosen_quantizers
        from cyclemlp.exporting.run import export_bundle
    formats = chosen_formats(format)
    if int8:
        chosen_quantizers(format)  # a missing library is told before minutes of tracing
    loaded = Bundle.from_pretrained(place)
    changed = loaded.with_preprocessing(resized(loaded.task(), loaded.config.preprocessing, sides))
    preprocessing = changed.config.preprocessing
    calibration = None
    if calibrate is not None:
        calibration = open_calibration(changed.task(), preprocessing, calibrate)
    folder = output_folder(output, "export", CONFIG_NAME, overwrite)
    with removed_if_empty(folder), steps() as report:
        return export_bundle(changed, formats, folder, dynamic, opset, calibration, report, nms)


def _sides(size: list[int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    if len(size) not in (1, 2) or min(size) < _SMALLEST:
        raise ValueError(
            f"--size is a side, or height and width, of at least {_SMALLEST} pixels, the stride of "
            f"the last stage; got {' '.join(map(str, size))}"
        )
    return size[0], size[-1]


def _check(format: list[FormatName], opset: int | None) -> None:
    known = get_args(FormatName)
    unknown = [name for name in format if name not in known]
    if unknown:
        raise ValueError(f"--format {unknown[0]} is unknown; the formats are: {', '.join(known)}")
    if not format:
        raise ValueError(f"--format needs at least one of {', '.join(known)}")
    oldest, newest = _OPSETS
    if opset is not None and not oldest <= opset <= newest:
        raise ValueError(f"--opset must be {oldest} to {newest}, got {opset}")


def _check_int8(format: list[FormatName], int8: bool, calibrate: str | None) -> None:
    if int8 != (calibrate is not None):
        raise ValueError("--int8 and --calibrate belong together; give both, or none of them")
    if int8 and not {"onnx", "openvino"} & set(format):
        raise ValueError(
            f"--int8 is for onnx and openvino; add one of them to --format {' '.join(format)}"
        )


def _keep_bundles(output: str | None) -> None:
    """Refuse the folders of bundles and runs, even with ``--overwrite``."""
    if output and (Path(output) / "bundle" / CONFIG_NAME).exists():
        raise ValueError(
            f"--output {output} is a training run's folder, and the export would be taken for its "
            "bundle; give another folder"
        )
    if output and (Path(output) / CONFIG_NAME).exists() and not is_exported(Path(output)):
        raise ValueError(
            f"--output {output} holds a {CONFIG_NAME} that is not an export's, as bundles do; give "
            "another folder"
        )
