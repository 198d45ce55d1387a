"""The runtime as one file, which predicts without this library."""

from __future__ import annotations

import ast
import tempfile
import zipapp
from importlib.util import find_spec
from pathlib import Path

RUNNER_NAME = "predict.pyz"
_PACKAGE = "cyclemlp"
_COMMAND = "cyclemlp.runtime.command"
_ENTRIES = (_COMMAND, "cyclemlp.runtime")


def write_runner(file: Path) -> None:
    """Write the runtime's modules and all that they import of this library into one file.

    The file is a Python zip application: ``python predict.pyz IMAGE …`` runs it, and programs that
    have it on their path import `cyclemlp.runtime` from it. It needs NumPy, Pillow, and ONNX
    Runtime or OpenVINO.
    """
    with tempfile.TemporaryDirectory() as folder:
        sources = _sources()
        for module, text in sources.items():
            _write(module, text, Path(folder), is_package=any(_is_in(m, module) for m in sources))
        zipapp.create_archive(folder, file, main=f"{_COMMAND}:run", compressed=True)


def _sources() -> dict[str, str]:
    """Return each needed module and its source.

    A package that is needed only because of a module inside is empty: its own file may import more
    than that module needs.
    """
    sources: dict[str, str] = {}
    waiting = list(_ENTRIES)
    while waiting:
        module = waiting.pop()
        if module not in sources:
            sources[module] = _read(module)
            waiting += _imported(sources[module])
    parents = {parent: "" for module in sources for parent in _parents(module)}
    return parents | sources


def _imported(source: str) -> list[str]:
    """Return the modules of this library that a source imports from."""
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    return [node.module for node in nodes if node.module and _is_in(node.module, _PACKAGE)]


def _is_in(module: str, package: str) -> bool:
    return module.startswith(f"{package}.")


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _read(module: str) -> str:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def _write(module: str, text: str, folder: Path, is_package: bool) -> None:
    place = folder.joinpath(*module.split("."))
    file = place / "__init__.py" if is_package else place.with_suffix(".py")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
