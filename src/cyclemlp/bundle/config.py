"""A bundle's ``config.json``."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cyclemlp.data.transforms.preprocessing import Preprocessing

CONFIG_NAME = "config.json"
FORMAT_VERSION = 1
_OPTIONAL = {"model_args", "task_args", "colors", "training", "versions"}


@dataclass(frozen=True)
class BundleConfig:
    """What a bundle's network is.

    Attributes:
        task: name of a `cyclemlp.tasks` task.
        architecture: timm model name.
        classes: class names, in the order of the network's outputs.
        preprocessing: from an image to the network's input.
        model_args: constructor arguments of the architecture.
        task_args: settings of the task that shape the network.
        colors: RGB (0..255) of each class, for tasks that paint them.
        training: summary of the training: data, settings, metrics.
        versions: of the libraries that wrote it.
        format_version: of this file.
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

    def to_json(self) -> str:
        """The file's content."""
        content = asdict(self) | {"preprocessing": self.preprocessing.to_dict()}
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def read(cls, path: Path) -> BundleConfig:
        """Read the file.

        Raises:
            ValueError: it is no such file, or of a newer format.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path} is not JSON ({error}); save the bundle again") from error
        return cls.from_dict(content, path)

    @classmethod
    def from_dict(cls, content: Any, path: Path) -> BundleConfig:
        """Check and take over what the file holds; keys of other tools are left alone."""
        if not isinstance(content, dict) or "format_version" not in content:
            raise ValueError(
                f"{path} is no bundle's: it has no format_version; "
                "give a folder that cyclemlp wrote"
            )
        if content["format_version"] > FORMAT_VERSION:
            raise ValueError(
                f"{path} has format version {content['format_version']}, and this cyclemlp "
                f"reads up to {FORMAT_VERSION}; upgrade with: pip install -U cyclemlp"
            )
        known = {f.name: content[f.name] for f in fields(cls) if f.name in content}
        missing = [f.name for f in fields(cls) if f.name not in known and f.name not in _OPTIONAL]
        if missing:
            raise ValueError(f"{path} lacks {', '.join(missing)}; save the bundle again")
        known["classes"] = tuple(known["classes"])
        known["preprocessing"] = Preprocessing.from_dict(known["preprocessing"])
        if known.get("colors") is not None:
            known["colors"] = tuple((r, g, b) for r, g, b in known["colors"])
        return cls(**known)


def library_versions() -> dict[str, str]:
    """Versions of Python and the libraries that decide what a bundle computes."""
    versions = {"python": platform.python_version()}
    for name in ("cyclemlp", "torch", "torchvision", "timm"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # run from a checkout that was never installed
            versions[name] = "unknown"
    return versions
