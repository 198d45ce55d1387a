"""The result of an export: files, and the figures of their check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cyclemlp.console.tables import table
from cyclemlp.exporting.check import Check
from cyclemlp.exporting.part import AXES

_POINT = 0.01


@dataclass(frozen=True)
class Metric:
    """The task's headline metric before and after quantization.

    Attributes:
        name: of the metric, e.g. ``"top1"``.
        images: number of images.
        before: of PyTorch's network, in 0..1.
        after: of the int8 network.
    """

    name: str
    images: int
    before: float
    after: float

    def __str__(self) -> str:
        text = f"{self.name} {self.before:.4f} before and {self.after:.4f} after quantization"
        lost = self.before - self.after
        warning = f"; WARNING: {100 * lost:.1f} points lost" if lost > _POINT else ""
        return f"{text}, on {self.images} images{warning}"


@dataclass(frozen=True)
class Exported:
    """One written format.

    Attributes:
        file: name of the file to open.
        bytes: size of all its files.
        check: comparison with PyTorch.
        metric: of an int8 network with labelled images, the task's headline metric.
    """

    file: str
    bytes: int
    check: Check
    metric: Metric | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON types."""
        content = {"file": self.file, "bytes": self.bytes, "check": self.check.to_dict()}
        return content | ({"metric": asdict(self.metric)} if self.metric else {})


@dataclass(frozen=True)
class ExportResult:
    """What was exported, and where.

    Attributes:
        output: the folder.
        formats: name of each format -> its file and figures.
        dynamic: names of the images' axes that may vary.
        runner: the file that predicts without this library; None if it opens none of the formats.
    """

    output: Path
    formats: dict[str, Exported]
    dynamic: tuple[str, ...]
    runner: Path | None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON types."""
        formats = {name: one.to_dict() for name, one in self.formats.items()}
        content: dict[str, Any] = {
            "output": str(self.output),
            "dynamic": list(self.dynamic),
            "formats": formats,
        }
        return content | ({"runner": str(self.runner)} if self.runner else {})

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        rows = [_row(name, one) for name, one in self.formats.items()]
        yield table(["format", "file", "MB", "difference", "agreement", "ms", "PyTorch, ms"], rows)
        first = next(iter(self.formats.values())).check
        threads = "1 thread" if first.threads == 1 else f"{first.threads} threads"
        yield f"\ncompared at {', '.join(first.inputs)} (batch x height x width);"
        yield f"times at {first.speed_shape} on this CPU, {threads}, PyTorch as predict runs it"
        fixed = [f"{name} {side}" for name, side in self._fixed(first)]
        if fixed:
            yield f"fixed in these files: {', '.join(fixed)}"
        for name, one in self.formats.items():
            if one.metric is not None:
                yield f"{name}: {one.metric}"
            if one.check.objects is not None:
                yield f"{name}: {_compared(one.check.objects)}"
        yield f"everything is in {self.output}"
        if self.runner is not None:
            yield f"without this library:  python {self.runner} IMAGE …"

    def _fixed(self, check: Check) -> list[tuple[str, str]]:
        """Return the axes that may not vary, and their sizes, which every comparison has."""
        sizes = zip(AXES, check.inputs[0].split("x"), strict=True)
        return [(name, size) for name, size in sizes if name not in self.dynamic]


def _compared(objects: int) -> str:
    if objects:
        return f"{objects} objects were compared"
    return (
        "WARNING: nothing was found in the pictures of the comparison, so that only empty results "
        "were compared; `cyclemlp evaluate` compares on your data"
    )


def _row(name: str, one: Exported) -> list[str]:
    check = one.check
    agreement = ", ".join(f"{what} {share:.4f}" for what, share in check.agreement.items())
    return [
        name,
        one.file,
        f"{one.bytes / 1e6:.2f}",
        f"{check.difference:.1e}",
        agreement,
        f"{check.exported_ms:.1f}",
        f"{check.pytorch_ms:.1f}",
    ]
