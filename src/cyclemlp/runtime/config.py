"""The description of an exported network: ``config.json`` beside its files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import index
from pathlib import Path
from typing import Any

from cyclemlp.data.colors import Color
from cyclemlp.data.transforms.preprocessing import Preprocessing

CONFIG_NAME = "config.json"
SECTION = "export"
FIRST_PART = "network"


@dataclass(frozen=True)
class ExportConfig:
    """What a folder of exported files says about its network.

    Attributes:
        task: ``classify``, ``segment``, ``detect`` or ``instance``.
        classes: names, in the order of the network's outputs.
        colors: red, green and blue of each class; empty if the task has none.
        preprocessing: from an image to the network's input.
        settings: of the predictions, e.g. ``top_k``.
        minimum: the smallest side of an input, in pixels.
        dynamic: the axes that may vary: ``batch``, ``height``, ``width``.
        parts: names of the parts of the network; the first one takes the images.
        files: name of each format -> its file of the first part, see `part_file`.
    """

    task: str
    classes: tuple[str, ...]
    colors: tuple[Color, ...]
    preprocessing: Preprocessing
    settings: Mapping[str, Any]
    minimum: int
    dynamic: tuple[str, ...]
    parts: tuple[str, ...]
    files: Mapping[str, Path]


def read_config(folder: Path) -> ExportConfig:
    """Read the description of the exported network in `folder`.

    Raises:
        FileNotFoundError: the folder has no ``config.json``.
        ValueError: its ``config.json`` is not that of an exported network.
    """
    path = folder / CONFIG_NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} holds no exported network: {CONFIG_NAME} is not in it; give a folder that "
            "`cyclemlp export` wrote"
        )
    content = _content(path)
    try:
        return _parsed(content, folder)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _damage(folder, error) from error


@contextmanager
def damaged_config(folder: Path) -> Iterator[None]:
    """Report what goes wrong with the values of a folder's ``config.json`` as its damage.

    Raises:
        ValueError: a value is missing, or of another type.
    """
    try:
        yield
    except (AttributeError, KeyError, TypeError) as error:
        raise _damage(folder, error) from error


def _damage(folder: Path, error: Exception) -> ValueError:
    return ValueError(
        f"{folder / CONFIG_NAME} is damaged, or another version of cyclemlp wrote it ({error!r}); "
        "export the network again"
    )


def _parsed(content: dict[str, Any], folder: Path) -> ExportConfig:
    export = content[SECTION]
    classes = tuple(content["classes"])
    colors = tuple((r, g, b) for r, g, b in content.get("colors") or ())
    if colors and len(colors) != len(classes):
        raise ValueError(f"{len(colors)} colors of {len(classes)} classes")
    parts = tuple(export["parts"])
    if FIRST_PART not in parts:
        raise ValueError(f"there is no part {FIRST_PART!r}")
    return ExportConfig(
        task=content["task"],
        classes=classes,
        colors=colors,
        preprocessing=Preprocessing.from_dict(content["preprocessing"]),
        settings=dict(export["settings"]),
        minimum=index(export["minimum"]),
        dynamic=tuple(export["dynamic"]),
        parts=parts,
        files={name: folder / one["file"] for name, one in export["formats"].items()},
    )


def part_file(file: Path, part: str) -> Path:
    """Return the file of a part of a network; the first part has the name of the format's file."""
    return file if part == FIRST_PART else file.with_name(f"{file.stem}-{part}{file.suffix}")


def is_exported(folder: Path) -> bool:
    """Return whether a folder holds an exported network."""
    try:
        return bool(_content(folder / CONFIG_NAME))
    except (OSError, ValueError):
        return False


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON ({error}); export the network again") from error
    if not isinstance(content, dict) or SECTION not in content:
        raise ValueError(
            f"{path} is not an exported network's; give a folder that `cyclemlp export` wrote"
        )
    return content
