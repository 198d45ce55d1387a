"""The formats by name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from cyclemlp.exporting.formats.format import Format

FORMATS: dict[str, str] = {
    "onnx": "onnx_file:ONNX",
    "openvino": "openvino_files:OPENVINO",
    "torch": "torch_program:TORCH",
    "aoti": "aoti_package:AOTI",
}
"""Name of each format, and its `Format` as ``module:name``; a format is a file and a line here."""


def chosen_formats(names: Sequence[str]) -> dict[str, Format]:
    """Return the formats of these names, in the order of `FORMATS`.

    Raises:
        ImportError: a format's libraries are not installed; the message says how to install them.
    """
    formats: dict[str, Format] = {}
    for name in [one for one in FORMATS if one in names]:
        module, _, attribute = FORMATS[name].partition(":")
        formats[name] = getattr(import_module(f"{__package__}.{module}"), attribute)
        missing = [one for one in formats[name].libraries if find_spec(one) is None]
        if missing:
            raise ImportError(
                f"--format {name} needs {', '.join(missing)}: pip install 'cyclemlp[export]'"
            )
    return formats
