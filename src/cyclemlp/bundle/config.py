"""A bundle's ``config.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from cyclemlp.bundle.content import check_types
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks import check_settings

FORMAT_VERSION = 1
_OPTIONAL = {"model_args", "task_args", "colors", "training", "versions"}


@dataclass(frozen=True)
class BundleConfig:
    """Description of a bundle's network.

    Attributes:
        task: name of the task, see `cyclemlp.tasks`.
        architecture: timm model name.
        classes: class names, in the order of the network's outputs.
        preprocessing: from an image to the network's input.
        model_args: constructor arguments of the architecture.
        task_args: settings of the task that shape the network.
        colors: RGB (0..255) of each class, for tasks that paint them.
        training: summary of the training: data, settings and metrics.
        versions: library versions that wrote the bundle.
        format_version: format version of ``config.json``.
    """

    task: str
    architecture: str
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    model_args: dict[str, Any] = field(default_factory=dict)
    task_args: dict[str, Any] = field(default_factory=dict)
    colors: tuple[tuple[int, int, int], ...] | None = None
    training: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def to_json(self, further: Mapping[str, Any] | None = None) -> str:
        """Return the content of ``config.json``.

        Args:
            further: keys for other libraries.
        """
        content = asdict(self) | {"preprocessing": self.preprocessing.to_dict()}
        content |= further or {}
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def read(cls, path: Path) -> BundleConfig:
        """Read a ``config.json``.

        Raises:
            ValueError: the file is not a bundle's, or has a newer format.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path} is not JSON ({error}); save the bundle again") from error
        return cls.from_dict(content, path)

    @classmethod
    def from_dict(cls, content: Any, path: Path) -> BundleConfig:
        """Build the configuration from a file's content; unknown keys are ignored.

        Args:
            content: the parsed JSON.
            path: the file, named in messages.

        Raises:
            ValueError: the content is not a bundle's, or has a newer format.
        """
        _check_format(content, path)
        known = {f.name: content[f.name] for f in fields(cls) if f.name in content}
        missing = [f.name for f in fields(cls) if f.name not in known and f.name not in _OPTIONAL]
        if missing:
            raise ValueError(f"{path} lacks {', '.join(missing)}; save the bundle again")
        check_types(known, path)
        _check_task(known, path)
        known["classes"] = tuple(known["classes"])
        known["preprocessing"] = _preprocessing(known["preprocessing"], path)
        if known.get("colors") is not None:
            known["colors"] = tuple((r, g, b) for r, g, b in known["colors"])
        return cls(**known)


def _check_task(content: Mapping[str, Any], path: Path) -> None:
    try:
        check_settings(content["task"], content.get("task_args", {}))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: {error}; a newer cyclemlp may have written it, upgrade with: "
            "pip install -U cyclemlp"
        ) from error


def _preprocessing(content: dict[str, Any], path: Path) -> Preprocessing:
    """Read the preprocessing; unknown keys are ignored."""
    names = {each.name for each in fields(Preprocessing)}
    try:
        return Preprocessing.from_dict({k: v for k, v in content.items() if k in names})
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: its preprocessing cannot be used ({error}); save the bundle again"
        ) from error


def _check_format(content: Any, path: Path) -> None:
    if not isinstance(content, dict) or "format_version" not in content:
        raise ValueError(
            f"{path} is not a bundle's: it has no format_version; give a folder that cyclemlp wrote"
        )
    if type(content["format_version"]) is not int:  # isinstance would accept true
        raise ValueError(
            f"{path}: format_version is a whole number, got {content['format_version']!r}; save "
            "the bundle again"
        )
    if content["format_version"] > FORMAT_VERSION:
        raise ValueError(
            f"{path} has format version {content['format_version']}, and this cyclemlp "
            f"reads up to {FORMAT_VERSION}; upgrade with: pip install -U cyclemlp"
        )
