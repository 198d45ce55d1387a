"""The table of export formats."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from cyclemlp.exporting.formats.format import Format
from cyclemlp.exporting.formats.quantizer import Quantizer

FORMATS: dict[str, str] = {
    "onnx": "onnx_file:ONNX",
    "openvino": "openvino_files:OPENVINO",
    "torch": "torch_program:TORCH",
    "aoti": "aoti_package:AOTI",
}
"""Name of each format, and its `Format` as ``module:name``; a format is a file and a line here."""

QUANTIZERS: dict[str, str] = {
    "onnx": "onnx_int8:ONNX_INT8",
    "openvino": "openvino_int8:OPENVINO_INT8",
}
"""Name of each format that has an int8 version, and its `Quantizer`."""


def chosen_formats(names: Sequence[str]) -> dict[str, Format]:
    """Return the formats of these names, in the order of `FORMATS`.

    Raises:
        ImportError: a format's libraries are not installed; the message says how to install them.
        OSError: a format needs a program that is missing.
    """
    formats: dict[str, Format] = {}
    for name in [one for one in FORMATS if one in names]:
        formats[name] = _imported(FORMATS[name])
        _check_libraries(f"--format {name}", formats[name].libraries)
        formats[name].check_tools()
    return formats


def chosen_quantizers(names: Sequence[str]) -> dict[str, Quantizer]:
    """Return the quantizers of those formats that have one, see `chosen_formats`."""
    quantizers: dict[str, Quantizer] = {}
    for name in [one for one in QUANTIZERS if one in names]:
        quantizers[name] = _imported(QUANTIZERS[name])
        _check_libraries(f"--int8 with --format {name}", quantizers[name].libraries)
    return quantizers


def _imported(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(import_module(f"{__package__}.{module}"), attribute)


def _check_libraries(flags: str, libraries: Sequence[str]) -> None:
    missing = [one for one in libraries if find_spec(one) is None]
    if missing:
        raise ImportError(f"{flags} needs {', '.join(missing)}: pip install 'cyclemlp[export]'")
