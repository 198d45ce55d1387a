"""A whole benchmark: every combination of the settings, one after the other."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from cyclemlp.benchmarking.comparing import compare
from cyclemlp.benchmarking.comparison import Comparison
from cyclemlp.benchmarking.contestants import (
    model_contestants,
    model_references,
    operator_contestants,
)
from cyclemlp.benchmarking.growth import growth
from cyclemlp.benchmarking.inference_only import Engine, add_inference_only
from cyclemlp.benchmarking.loading import Loading, measure_loading
from cyclemlp.benchmarking.machine import describe_machine
from cyclemlp.benchmarking.plots.draw import draw
from cyclemlp.benchmarking.result import BenchmarkResult
from cyclemlp.benchmarking.scenarios import Scenario, every_scenario
from cyclemlp.benchmarking.timing import CLOCKS
from cyclemlp.console.devices import best_device, usable_device
from cyclemlp.console.files import write_json
from cyclemlp.console.output import output_folder
from cyclemlp.ops.selection import BackendName
from cyclemlp.ops.selection import backend as restricted_to

_RESULT = "benchmark.json"


def run(
    models: list[str],
    against: list[str],
    subjects: Sequence[str],
    work: Sequence[str],
    devices: list[str] | None,
    precisions: Sequence[str],
    paths: Sequence[str],
    image_sizes: list[int | str],
    batch_sizes: list[int],
    seconds: float,
    threads: int | None,
    workers: int,
    clock: str,
    backend: BackendName,
    engines: Mapping[str, Engine],
    output: str | None,
    overwrite: bool,
) -> BenchmarkResult:
    """Compare and write; the arguments are those of `cyclemlp.benchmark`, which describes them.

    `engines` maps the names to the engines.

    Raises:
        ValueError: there is no such model or device, or a size is wrong.
        FileExistsError: `output` already holds results.
    """
    settings: dict[str, Any] = dict(locals()) | {"engines": list(engines)}
    sizes = [_size(text) for text in image_sizes]
    places = _places(devices)
    if clock == "processor" and (threads != 1 or any(place.type != "cpu" for place in places)):
        raise ValueError("--clock processor is for one thread: add --threads 1 and --devices cpu")
    if "captured" in paths and any(place.type != "cuda" for place in places):
        raise ValueError("--paths captured is for CUDA devices: add --devices cuda")
    folder = output_folder(output, "benchmark", _RESULT, overwrite)
    with _threads(threads), restricted_to(backend):
        names = [*map(str, places)]
        axes = (subjects, work, names, precisions, paths, batch_sizes, sizes)
        scenarios = list(every_scenario(models[0], *axes))
        result = BenchmarkResult(describe_machine(places), settings)
        for number, scenario in enumerate(scenarios, 1):
            print(f"[{number}/{len(scenarios)}] {scenario}", file=sys.stderr, flush=True)
            found = compare_contestants(scenario, models, against, engines, seconds, clock)
            result = replace(result, comparisons=(*result.comparisons, found))
            _write(result, folder)  # a long run may be interrupted
        if "loader" in subjects:
            result = replace(result, loading=_loading(sizes, workers, seconds))
    return _completed(result, folder)


def _places(devices: list[str] | None) -> list[torch.device]:
    names = dict.fromkeys(["cpu", str(best_device(None))]) if devices is None else devices
    return [usable_device(name, "--devices") for name in names]


def _size(text: int | str) -> tuple[int, int]:
    parts = str(text).split("x")
    if len(parts) > 2 or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise ValueError(f"--image-sizes are SIDE or HEIGHTxWIDTH in pixels; got {text!r}")
    return int(parts[0]), int(parts[-1])


@contextmanager
def _threads(number: int | None) -> Iterator[None]:
    """Set torch's number of threads; None keeps it."""
    before = torch.get_num_threads()
    torch.set_num_threads(number or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def compare_contestants(
    scenario: Scenario,
    models: Sequence[str],
    against: Sequence[str],
    engines: Mapping[str, Engine],
    seconds: float,
    clock: str = "wall",
) -> Comparison:
    """Compare everything that runs in a scenario; the arguments are those of `run`."""
    if scenario.subject == "operator":
        entries, references = operator_contestants(scenario.channels)
    else:
        entries = model_contestants(models, against, (scenario.height, scenario.width))
        entries = add_inference_only(entries, scenario, engines)
        references = model_references(entries)
    return compare(scenario, entries, references, seconds, CLOCKS[clock])


def _loading(sizes: Sequence[tuple[int, int]], workers: int, seconds: float) -> tuple[Loading, ...]:
    print("loader", file=sys.stderr, flush=True)
    return measure_loading(sizes, workers, seconds)


def _completed(result: BenchmarkResult, folder: Path) -> BenchmarkResult:
    pictures = draw(result.comparisons, folder)
    files = tuple(str(path) for path in [folder / _RESULT, *pictures])
    result = replace(result, growth=tuple(growth(result.comparisons)), files=files)
    _write(result, folder)
    return result


def _write(result: BenchmarkResult, folder: Path) -> None:
    write_json(folder / _RESULT, result.to_dict())
