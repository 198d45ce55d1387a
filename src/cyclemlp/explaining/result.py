"""What was explained, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclemlp.explaining.rows import RESULT


@dataclass(frozen=True)
class Explanations:
    """The explanations of images.

    Attributes:
        bundle: as the user named it.
        layers: paths of the layers that were looked at.
        rows: a dict per file, with ``file`` and either ``error`` or ``size``, ``drawn``, ``maps``
            and ``explained``: dicts with ``label``, its figures, ``layer``, ``peak`` and
            ``inside``.
        output: the folder with ``explanations.jsonl``.
    """

    bundle: str
    layers: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    output: Path

    def to_dict(self) -> dict[str, Any]:
        """Return JSON types; the evidence itself is in the files under ``maps/``."""
        return {
            "bundle": self.bundle,
            "method": "gradient times activation",
            "layers": list(self.layers),
            "files": list(self.rows),
        }

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        for row in self.rows:
            yield from _lines(row)
        done = sum("error" not in row for row in self.rows)
        where = ", ".join(self.layers) or "no layer"
        yield f"{done} of {len(self.rows)} images explained at {where}"
        yield f"{RESULT}, pictures and maps are in {self.output}"


def _lines(row: dict[str, Any]) -> Iterator[str]:
    if "error" in row:
        yield row["error"]  # names the file
        return
    yield f"{row['file']}:{'' if row['explained'] else ' nothing was found'}"
    for one in row["explained"]:
        inside = one.get("inside")
        where = "" if inside is None else f", {inside:.0%} of the evidence inside"
        yield f"  {one['label']} {one['text']}{where}"
