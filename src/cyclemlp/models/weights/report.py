"""What loading a weight file did, as text."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

_LISTED = 16  # names of each kind


@dataclass
class LoadReport:
    """What loading a weight file did.

    Attributes:
        path: the file.
        loaded: names that were loaded unchanged.
        adapted: names to what was done, e.g. that a classifier of another size was not loaded.
        missing: names of the network that the file does not have; they keep their initial values.
        unexpected: names of the file that the network does not have; they are not used.
    """

    path: Path
    loaded: list[str] = field(default_factory=list)
    adapted: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{len(self.loaded)} weights loaded from {self.path}"]
        lines += [f"  adapted {name}: {what}" for name, what in self.adapted.items()]
        lines += _listed("new, not in the file", self.missing)
        lines += _listed("unused, not in the network", self.unexpected)
        return "\n".join(lines)


def _listed(what: str, names: list[str]) -> list[str]:
    """Return a line for each of the first names, and one that counts the others."""
    lines = [f"  {what}: {name}" for name in names[:_LISTED]]
    rest = len(names) - _LISTED
    return [*lines, f"  {what}: {rest} more"] if rest > 0 else lines
