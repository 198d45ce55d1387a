"""Taking the steps while there is time, and writing after each."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from cyclemlp.benchmarking.gpu_check.step import Step
from cyclemlp.benchmarking.gpu_check.tables import tables
from cyclemlp.console.files import write_json, write_text

RESULT, TABLES = "gpu_check.json", "gpu_check.md"


def take(
    steps: Iterable[Step], machine: dict[str, Any], settings: dict[str, Any], folder: Path
) -> dict[str, Any]:
    """Take steps until the time is up, and return everything that is written.

    Args:
        steps: in order of worth.
        machine: see `describe_machine`.
        settings: those of the check; `minutes` is the time for all steps.
        folder: receives `RESULT` and `TABLES`, complete after every step.
    """
    content: dict[str, Any] = {"machine": machine, "settings": settings, "steps": []}
    end = time.perf_counter() + settings["minutes"] * 60
    for step in steps:
        record = _taken(step, end - time.perf_counter())
        content["steps"].append(record)
        write_json(folder / RESULT, content)
        write_text(folder / TABLES, tables(content))
        print(f"{record['status']:>8} {step.name} {record['reason']}", file=sys.stderr, flush=True)
    return content


def _taken(step: Step, seconds_left: float) -> dict[str, Any]:
    record: dict[str, Any] = {"name": step.name, "status": "left out", "reason": "", "facts": None}
    if seconds_left < step.seconds:
        return record | {"reason": f"it takes about {step.seconds:.0f} s, {seconds_left:.0f} left"}
    begun = time.perf_counter()
    try:
        found = step.run()
        record |= {"status": "passed" if found.passed else "failed", "facts": found.facts}
    except Exception as error:  # one step that fails in whatever way must not cost the others
        record |= {"status": "failed", "reason": f"{type(error).__name__}: {error}"}
    record["seconds"] = time.perf_counter() - begun
    _free_memory()
    return record


def _free_memory() -> None:
    """Return the memory of a step's graphs and tensors to the device."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
