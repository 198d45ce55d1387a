"""The costs of models without training: tried, measured, drawn and written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from cyclemlp.benchmarking.machine import describe_machine
from cyclemlp.comparing.cost_only.costs import Costs
from cyclemlp.comparing.cost_only.measuring import Point, measured, published_network
from cyclemlp.comparing.cost_only.plots import draw_growth, draw_published
from cyclemlp.console.devices import best_device
from cyclemlp.console.files import write_json, write_text
from cyclemlp.console.progress import steps
from cyclemlp.reporting.page import embedded, rendered

RESULT = "cost.json"
_SECONDS = 0.5  # of measuring time for a model at a size; slow ones take three calls


def compare_costs(
    models: Sequence[str], sizes: Sequence[int], device: str | None, folder: Path
) -> Costs:
    """Measure each model at each size, and write the results.

    Args:
        models: as `Candidate.of` reads them.
        sizes: sides of square images, in pixels.
        device: where to measure; None for the accelerator, or the CPU if there is none.
        folder: where everything is written; the results so far after each model.

    Raises:
        ValueError: timm has no such model, or it does not take its arguments.
    """
    place = best_device(device)
    for name in models:
        with torch.device("meta"):  # a wrong name is found before the first measurement
            published_network(name)
    costs = Costs(describe_machine([place]), (), folder)
    with steps() as show:
        for name in models:
            costs = replace(costs, points=(*costs.points, *_points(name, sizes, place, show)))
            write_json(folder / RESULT, costs.to_dict())
    return _written(costs)


def _points(
    name: str, sizes: Sequence[int], device: torch.device, show: Callable[[str], None]
) -> list[Point]:
    network = published_network(name).to(device)
    found = []
    for size in sorted(set(sizes)):
        show(f"{name} at {size}")
        found.append(measured(name, network, size, device, _SECONDS))
    return found


def _written(costs: Costs) -> Costs:
    folder = costs.folder
    drawn = {
        "Published accuracy and cost": draw_published(costs, folder / "published"),
        "Cost over image size": draw_growth(costs, folder / "growth"),
    }
    names = [path.name for paths in drawn.values() for path in paths]
    costs = replace(costs, files=(RESULT, "cost.csv", *names))
    write_json(folder / RESULT, costs.to_dict())
    write_text(folder / "cost.csv", costs.to_csv())
    page = rendered(
        "comparing/cost_only/cost.html",
        title=f"The cost of {len(costs.models)} models",
        folder=folder.resolve(),
        tables={
            "Published accuracy": costs.published_table(),
            "Sizes and growth": costs.growth_table(),
        },
        refusals=costs.refusals,
        pictures={title: embedded(paths[0]) for title, paths in drawn.items() if paths},
        settings=costs.machine,
    )
    write_text(folder / "report.html", page)
    return costs
