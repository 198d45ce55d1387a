"""The content of a data report: counts, unusable files and problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cyclemlp.data.split import Fault


@dataclass(frozen=True)
class SplitReport:
    """The content of one split.

    Attributes:
        samples: number of samples, usable or not.
        counts: usable samples of each class, in the order of the labels.
        unusable: the files that cannot be used, with reasons, in the order of the samples.
        ignored: number of system and editor files, such as ``.DS_Store``.
        notes: messages for the user about how the split was found.
        warnings: what was corrected or left out of usable files, such as a box without area.
        channels: usable images by the number of channels that their files store, the most frequent
            first; numbers are text, as in JSON.
    """

    samples: int
    counts: dict[str, int]
    unusable: tuple[Fault, ...] = ()
    ignored: int = 0
    notes: tuple[str, ...] = ()
    warnings: tuple[Fault, ...] = ()
    channels: dict[str, int] = field(default_factory=dict)

    @property
    def usable(self) -> int:
        """The number of usable samples."""
        return self.samples - sum(fault.index is not None for fault in self.unusable)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> SplitReport:
        """Read one split of `DataReport.to_dict`."""
        return cls(
            content["samples"],
            dict(content["counts"]),
            tuple(Fault(**fault) for fault in content["unusable"]),
            content["ignored"],
            tuple(content["notes"]),
            tuple(Fault(**fault) for fault in content["warnings"]),
            dict(content.get("channels", {})),  # reports of older runs have none
        )


@dataclass(frozen=True)
class DataReport:
    """The content of all splits of a data set, and the problems between them.

    Attributes:
        splits: reports by the splits' names.
        problems: problems of whole classes and splits, one sentence each.
    """

    splits: dict[str, SplitReport] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every file can be used and no class is missing."""
        return not self.problems and not any(part.unusable for part in self.splits.values())

    def to_dict(self) -> dict[str, Any]:
        """Return the content as JSON types; `from_dict` reads it."""
        splits = {
            name: asdict(part) | {"usable": part.usable} for name, part in self.splits.items()
        }
        return {"ok": self.ok, "problems": list(self.problems), "splits": splits}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> DataReport:
        """Read the content that `to_dict` returned."""
        splits = {name: SplitReport.from_dict(part) for name, part in content["splits"].items()}
        return cls(splits, tuple(content["problems"]))
