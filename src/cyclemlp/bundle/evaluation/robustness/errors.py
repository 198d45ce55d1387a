"""Errors under corruptions, and their means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Any

from cyclemlp.data.corruptions.names import CORRUPTIONS

ERRORS = {"classify": "top-1 error", "segment": "1 − mIoU"}
"""Name of each task that can be scored on corrupted images, and of its error."""

Cell = tuple[str, int]
"""Name of a corruption, and severity."""


@dataclass(frozen=True)
class Errors:
    """The errors of one network.

    Attributes:
        about: bundle, images, size and seed.
        metric: name of the error.
        clean: error on the images as they are, in 0..1.
        cells: error by corruption and severity, in 0..1.
    """

    about: dict[str, Any]
    metric: str
    clean: float
    cells: dict[Cell, float] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The corruptions, in the order of the table."""
        return [name for name in CORRUPTIONS if any(name == cell[0] for cell in self.cells)]

    @property
    def severities(self) -> list[int]:
        """The severities in ascending order."""
        return sorted({severity for _, severity in self.cells})

    @property
    def counted(self) -> list[str]:
        """The corruptions that count in the mean: not the extra ones, if there are others."""
        standard = [name for name in self.names if not CORRUPTIONS[name].extra]
        return standard or self.names

    def mean(self, name: str) -> float:
        """Return the mean error under a corruption over its severities."""
        return fmean(error for cell, error in self.cells.items() if cell[0] == name)

    @property
    def mean_error(self) -> float:
        """The mean over the corruptions that count."""
        return fmean(self.mean(name) for name in self.counted)

    def only(self, cells: Iterable[Cell]) -> Errors:
        """Return the errors of some cells."""
        return replace(self, cells={cell: self.cells[cell] for cell in cells})

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per corruption and severity, ready for JSON and CSV."""
        return [
            {
                "corruption": name,
                "family": CORRUPTIONS[name].family,
                "extra": CORRUPTIONS[name].extra,
                "severity": severity,
                "error": error,
            }
            for (name, severity), error in self.cells.items()
        ]


@dataclass(frozen=True)
class Robustness:
    """The errors of a network, beside those of a baseline.

    Attributes:
        errors: of the network.
        baseline: of the baseline, under the same corruptions; None without one.
    """

    errors: Errors
    baseline: Errors | None = None

    def ce(self, name: str) -> float | None:
        """Return the corruption error: the error over the baseline's, summed over severities."""
        return self._ratio(name, subtract_clean=False)

    def relative_ce(self, name: str) -> float | None:
        """Return the same of the errors above those on clean images."""
        return self._ratio(name, subtract_clean=True)

    @property
    def mce(self) -> float | None:
        """The mean corruption error, 1 for the baseline itself; None if it is undefined."""
        return _mean([self.ce(name) for name in self.errors.counted])

    @property
    def relative_mce(self) -> float | None:
        """The mean of `relative_ce`."""
        return _mean([self.relative_ce(name) for name in self.errors.counted])

    def to_dict(self) -> dict[str, Any]:
        """Return all errors and means as JSON types; fractions, not per cent."""
        names, errors, baseline = self.errors.names, self.errors, self.baseline
        content: dict[str, Any] = {
            "metric": errors.metric,
            "clean_error": errors.clean,
            "mean_error": errors.mean_error,
            "counted": errors.counted,
            "severities": errors.severities,
            "mean_errors": {name: errors.mean(name) for name in names},
        }
        if baseline is None:
            return content
        return content | {
            "mce": self.mce,
            "relative_mce": self.relative_mce,
            "ce": {name: self.ce(name) for name in names},
            "relative_ce": {name: self.relative_ce(name) for name in names},
            "baseline": baseline.about
            | {"clean_error": baseline.clean, "mean_error": baseline.mean_error},
        }

    def _ratio(self, name: str, subtract_clean: bool) -> float | None:
        assert self.baseline is not None
        own, theirs = self.errors.mean(name), self.baseline.mean(name)
        if subtract_clean:
            own, theirs = own - self.errors.clean, theirs - self.baseline.clean
        return own / theirs if theirs > 0 else None


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None
