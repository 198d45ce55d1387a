"""A training run on one HTML page, which needs no server."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jinja2 import Environment, PackageLoader
from PIL import Image

from cyclemlp.console.dotted import dotted
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
    page = Environment(loader=PackageLoader("cyclemlp", "reporting"), autoescape=True)
    page.filters |= {"shown": _shown, "fixed": _fixed}
    settings = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    text = page.get_template("report.html").render(
        title=f"{settings['model']} on {Path(settings['data']).name}",
        folder=run.resolve(),
        figures=_figures(metrics),
        per_class=ranked[:_WORST],
        classes=len(per_class),
        settings=dotted(settings),
        data=_json(run / "data_report.json", None),
        pictures={
            title: _embedded(run / name)
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


class _Picture(NamedTuple):
    """A picture inside the page; on narrow screens it scrolls instead of becoming illegible."""

    source: str
    width: int


def _embedded(file: Path) -> _Picture:
    with Image.open(file) as image:
        width = image.width
    encoded = base64.b64encode(file.read_bytes()).decode("ascii")
    return _Picture(f"data:image/png;base64,{encoded}", width)


def _shown(value: Any) -> str:
    """Format a value with four significant digits or thousands separators; None is a dash."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if type(value) is int else str(value)


def _fixed(value: Any) -> str:
    """Format a cell of a column of fractions with three decimals."""
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
