"""Which engine opens which format."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from cyclemlp.runtime.config import FIRST_PART, ExportConfig, part_file
from cyclemlp.runtime.engines.classes import of_classes
from cyclemlp.runtime.engines.engine import Engines, OpenEngine
from cyclemlp.runtime.engines.limits import within_limits
from cyclemlp.runtime.engines.onnx_runtime import open_onnx
from cyclemlp.runtime.engines.openvino import open_openvino

ENGINES: dict[str, tuple[str, OpenEngine]] = {
    "onnx": ("onnxruntime", open_onnx),
    "openvino": ("openvino", open_openvino),
    "onnx-int8": ("onnxruntime", open_onnx),
    "openvino-int8": ("openvino", open_openvino),
}
"""Format -> the library that it needs, and the function that opens a file."""


def open_engines(config: ExportConfig, format: str | None, threads: int | None) -> Engines:
    """Open the parts of the exported network in a format.

    Args:
        config: of the exported network.
        format: one of `ENGINES`; None for the first one whose library is installed.
        threads: None for the library's choice.

    Raises:
        ImportError: no library is installed for the format.
        ValueError: there is no such format, or its file is damaged.
        FileNotFoundError: the format's file is missing.
    """
    name = chosen(config, format)
    library, opened = ENGINES[name]
    if find_spec(library) is None:
        raise ImportError(f"format {name} needs {library}: pip install {library}")
    files = {part: _existing(part_file(config.files[name], part)) for part in config.parts}
    engines = {
        part: of_classes(opened(file, threads), part, config) for part, file in files.items()
    }
    return engines | {FIRST_PART: within_limits(engines[FIRST_PART], config)}


def chosen(config: ExportConfig, format: str | None) -> str:
    """Return the name of the format to open; see `open_engines`."""
    usable = [name for name in config.files if name in ENGINES]
    if not usable:
        raise ValueError(
            f"the runtime computes {' and '.join(ENGINES)}, and this folder has "
            f"{', '.join(config.files)}; export one of them"
        )
    if format is not None and format not in usable:
        raise ValueError(
            f"there is no format {format!r} here that the runtime computes; give "
            f"{' or '.join(usable)}"
        )
    installed = [name for name in usable if find_spec(ENGINES[name][0]) is not None]
    return format or (installed or usable)[0]


def _existing(file: Path) -> Path:
    if not file.exists():
        raise FileNotFoundError(f"{file} is missing; export the network again")
    return file
