"""A training run on one HTML page, which needs no server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from cyclemlp.console.dotted import dotted
from cyclemlp.reporting.page import embedded, rendered
from cyclemlp.tasks.common.scores import Scores

_PICTURES = {
    "curves.png": "Curves",
    "samples.png": "Sample predictions",
    "confusion.png": "Confusion",
}
_WORST = 50


def write_report(run_dir: str | Path) -> Path:
    """Write ``report.html`` into a training run's folder, with its pictures embedded.

    Args:
        run_dir: a training run's folder. ``metrics.json`` and ``config.yaml`` are required; a
            data report, pictures and ``evaluation.json`` are shown if they exist.

    Returns:
        The page's path.

    Raises:
        FileNotFoundError: the folder is not that of a run.
    """
    run = Path(run_dir)
    metrics = _json(run / "metrics.json")
    per_class = _json(run / "evaluation.json", {}).get("per_class", [])
    ranked = Scores({}, per_class, None).weakest_first
    settings = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    text = rendered(
        "reporting/report.html",
        title=f"{settings['model']} on {Path(settings['data']).name}",
        folder=run.resolve(),
        figures=_figures(metrics),
        per_class=ranked[:_WORST],
        classes=len(per_class),
        settings=dotted(settings),
        data=_json(run / "data_report.json", None),
        pictures={
            title: embedded(run / name)
            for name, title in _PICTURES.items()
            if (run / name).is_file()
        },
    )
    path = run / "report.html"
    path.write_text(text, encoding="utf-8")
    return path


def _figures(metrics: dict[str, Any]) -> dict[str, Any]:
    """Return the best epoch's metrics, the headline first, then the cost of the run."""
    best = dict(metrics["best"])
    figures = {metrics["headline"]: best.pop(metrics["headline"])}
    figures |= {name: value for name, value in best.items() if name not in ("step", "lr")}
    taken = ("parameters", "images_per_second", "seconds")
    return figures | {name: metrics[name] for name in taken if name in metrics}


def _json(path: Path, *default: Any) -> Any:
    if default and not path.is_file():
        return default[0]
    return json.loads(path.read_text(encoding="utf-8"))
