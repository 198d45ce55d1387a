"""The results of a check as Markdown, for docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_COLUMNS = {
    "network": "name",
    "ms/image": "ms_per_image",
    "images/s": "images_per_second",
    "time / ours": "ratio",
    "share of product": "share",
    "peak MiB": "peak_mib",
    "difference": "difference",
}


def tables(content: dict[str, Any]) -> str:
    """Return a section for each step.

    Args:
        content: as `course.take` returns it, or read from its JSON file.
    """
    return "\n".join(_lines(content)) + "\n"


def _lines(content: dict[str, Any]) -> Iterator[str]:
    yield ", ".join(f"{name} {value}" for name, value in content["machine"].items()) + "."
    for step in content["steps"]:
        yield f"\n### {step['name']}\n"
        yield f"{step['status']}{': ' if step['reason'] else ''}{step['reason']}\n"
        facts = step["facts"] or {}
        comparison = facts.get("comparison")
        yield from _comparison(comparison) if comparison else _facts(facts)


def _comparison(comparison: dict[str, Any]) -> Iterator[str]:
    yield f"Matrix product: {comparison['product_gflops']:.0f} GFLOP/s.\n"
    yield _row(_COLUMNS)
    yield _row(["---"] * len(_COLUMNS))
    for row in comparison["rows"]:
        yield _row(_text(row[key]) for key in _COLUMNS.values())
    refused = [row for row in comparison["rows"] if row["refused"]]
    for row in refused:
        yield f"\n{row['name']}: {row['refused']}"


def _facts(facts: dict[str, Any]) -> Iterator[str]:
    for name, value in facts.items():
        many = value if isinstance(value, list) else [value]
        yield from (f"- {name}: {_text(one)}" for one in many)


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
