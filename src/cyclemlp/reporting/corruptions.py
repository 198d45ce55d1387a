"""The picture of errors under corruptions: a panel per family, a line per corruption."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes

from cyclemlp.bundle.evaluation.robustness.errors import Errors, Robustness
from cyclemlp.data.corruptions.names import CORRUPTIONS, FAMILIES
from cyclemlp.reporting.canvas import MUTED, SERIES, new_figure, plain_axes, save

_COLORS = (*SERIES, "#b83232", "#0f766e", "#9d5b8b")
_SUFFIXES = (".png", ".svg")


def draw_corruptions(robustness: Robustness, file: Path) -> list[Path]:
    """Draw the errors over the severity, those of the baseline dashed, and the clean error.

    Args:
        robustness: the errors.
        file: path without the suffix.
    """
    shown = [one for one in FAMILIES if _members(robustness.errors, one)]
    figure = new_figure(1 + 3.6 * len(shown), 4.2)
    axes = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for one, family in zip(axes, shown, strict=True):
        _panel(plain_axes(one, family), robustness, family)
    axes[0].set_ylabel(f"{robustness.errors.metric} in %", fontsize=9, color=MUTED)
    return [save(figure, file.with_suffix(suffix)) for suffix in _SUFFIXES]


def _members(errors: Errors, family: str) -> list[str]:
    return [name for name in errors.names if CORRUPTIONS[name].family == family]


def _panel(axes: Axes, robustness: Robustness, family: str) -> None:
    errors, baseline = robustness.errors, robustness.baseline
    for name, color in zip(_members(errors, family), _COLORS, strict=False):
        axes.plot(*_line(errors, name), color=color, marker="o", markersize=4, label=name)
        if baseline is not None:
            axes.plot(*_line(baseline, name), color=color, linestyle="--", linewidth=1)
    axes.axhline(100 * errors.clean, color=MUTED, linewidth=1, linestyle=":", label="clean")
    axes.set_xticks(errors.severities)
    label = "severity" if baseline is None else "severity; baseline dashed"
    axes.set_xlabel(label, fontsize=9, color=MUTED)
    axes.legend(fontsize=7, frameon=False)


def _line(errors: Errors, name: str) -> tuple[list[int], list[float]]:
    severities = [one for one in errors.severities if (name, one) in errors.cells]
    return severities, [100 * errors.cells[name, one] for one in severities]
