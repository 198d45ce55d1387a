"""Pictures of the costs: against the image size, and of the published accuracy against them."""

from __future__ import annotations

from pathlib import Path

from matplotlib.ticker import LogLocator

from cyclemlp.benchmarking.plots.saving import save_all
from cyclemlp.benchmarking.published import published
from cyclemlp.comparing.cost_only.costs import Costs
from cyclemlp.comparing.plots.styles import legend, panel, styles
from cyclemlp.reporting.canvas import new_figure

_PANELS = {
    "parameters": "parameters, millions",
    "gmacs": "GMACs",
    "ms": "ms per image",
    "peak_mib": "peak MiB",
}
_UNITS = {"parameters": 1e6}


def draw_growth(costs: Costs, file: Path) -> list[Path]:
    """Draw each cost against the image's side; filled markers are sizes that a model takes.

    Args:
        costs: the results; none is drawn without two sizes.
        file: path without the suffix.
    """
    sizes = sorted({point.size for point in costs.points})
    if len(sizes) < 2:
        return []
    figure = new_figure(10, 8)
    for axes, (name, title) in zip(figure.subplots(2, 2).flat, _PANELS.items(), strict=True):
        panel(axes, title, "side in pixels", percent=False)
        axes.set_xscale("log")
        axes.set_yscale("log")
        for model, style in styles(costs.models).items():
            points = costs.of(model)
            places = [point.size for point in points]
            values = [getattr(point, name) / _UNITS.get(name, 1) for point in points]
            axes.plot(places, values, **{**style, "marker": ""})
            for point, value in zip(points, values, strict=True):
                fill = style["color"] if point.accepts else "white"
                axes.plot([point.size], [value], **style, markerfacecolor=fill)
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
    legend(figure, styles(costs.models))
    return save_all(figure, file)


def draw_published(costs: Costs, file: Path) -> list[Path]:
    """Draw the published accuracy against GMACs and parameters at 224 pixels, as figure 1 does.

    Args:
        costs: the results; none is drawn without the size 224.
        file: path without the suffix.
    """
    at = {name: next((p for p in costs.of(name) if p.size == 224), None) for name in costs.models}
    shown = {name: point for name, point in at.items() if point and published(name)[0] is not None}
    if not shown:
        return []
    figure = new_figure(10, 4.6)
    panels = zip(figure.subplots(1, 2, sharey=True), ("gmacs", "parameters"), strict=True)
    for axes, field in panels:
        title = _PANELS[field]
        panel(axes, f"published top-1 % over {title}", f"{title}, 224 × 224", percent=False)
        for name, style in styles(list(shown)).items():
            value = getattr(shown[name], field) / _UNITS.get(field, 1)
            top1 = published(name)[0]
            axes.plot([value], [top1], **style)
    legend(figure, styles(list(shown)))
    return save_all(figure, file)
