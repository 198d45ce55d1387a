"""The table of errors under corruptions, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cyclemlp.bundle.evaluation.robustness.errors import Robustness
from cyclemlp.console.tables import table
from cyclemlp.data.corruptions.names import CORRUPTIONS


def robustness_table(robustness: Robustness) -> Iterator[Any]:
    """Return lines and a table, a row per corruption, its errors in per cent."""
    errors = robustness.errors
    yield f"\n{errors.metric} in % under corruptions, by severity; clean {_percent(errors.clean)}"
    columns = ["corruption", *map(str, errors.severities), "mean"]
    columns += [] if robustness.baseline is None else ["CE"]
    yield table(columns, [_row(robustness, name) for name in errors.names])
    extra = " (+ does not count)" if len(errors.counted) < len(errors.names) else ""
    count = len(errors.counted)
    counted = f"{count} corruption{'' if count == 1 else 's'}"
    yield f"mean of {counted}{extra}: {_percent(errors.mean_error)}"
    if robustness.baseline is not None:
        yield (
            f"mean corruption error, in % of {robustness.baseline.about['bundle']}'s: "
            f"{_percent(robustness.mce)}; relative to the clean errors: "
            f"{_percent(robustness.relative_mce)}"
        )


def _row(robustness: Robustness, name: str) -> list[str]:
    errors = robustness.errors
    mark = " +" if CORRUPTIONS[name].extra and name not in errors.counted else ""
    cells = [_percent(errors.cells.get((name, severity))) for severity in errors.severities]
    ratio = [] if robustness.baseline is None else [_percent(robustness.ce(name))]
    return [name + mark, *cells, _percent(errors.mean(name)), *ratio]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"
