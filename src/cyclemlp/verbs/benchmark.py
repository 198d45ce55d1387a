"""The verb ``benchmark``: speed and memory of networks that compute the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch

from cyclemlp.benchmarking.comparing import compare
from cyclemlp.benchmarking.comparison import Comparison
from cyclemlp.benchmarking.contestants import (
    model_contestants,
    model_references,
    operator_contestants,
)
from cyclemlp.benchmarking.growth import growth
from cyclemlp.benchmarking.loading import Loading, measure_loading
from cyclemlp.benchmarking.machine import describe_machine
from cyclemlp.benchmarking.plots.draw import draw
from cyclemlp.benchmarking.published import OTHERS
from cyclemlp.benchmarking.result import BenchmarkResult
from cyclemlp.benchmarking.scenarios import Scenario, every_scenario
from cyclemlp.benchmarking.timing import CLOCKS
from cyclemlp.console.devices import best_device, usable_device
from cyclemlp.console.output import output_folder, write_json
from cyclemlp.console.ranges import at_least

Work = Literal["inference", "training"]
Precision = Literal["float32", "bfloat16"]
Path_ = Literal["eager", "compiled"]
Subject = Literal["model", "operator", "loader"]

_RESULT = "benchmark.json"


def benchmark(
    models: list[str] = ["cyclemlp_b1", "cyclemlp_b2"],  # noqa: B006 - shown by --help, never changed
    against: list[str] = OTHERS,
    subjects: list[Subject] = ["model", "operator", "loader"],  # noqa: B006
    work: list[Work] = ["inference", "training"],  # noqa: B006
    devices: list[str] | None = None,
    precisions: list[Precision] = ["float32", "bfloat16"],  # noqa: B006
    paths: list[Path_] = ["eager", "compiled"],  # noqa: B006
    image_sizes: list[int | str] = [224],  # noqa: B006
    batch_sizes: list[int] = [8],  # noqa: B006
    seconds: float = 20.0,
    threads: int | None = None,
    workers: int = 2,
    clock: Literal["wall", "processor"] = "wall",
    output: str | None = None,
    overwrite: bool = False,
) -> BenchmarkResult:
    """Compare speed and memory with the deformable operator, a channel FC and timm's networks.

    Every combination of the lists is one comparison. Contestants run in turn, so that a disturbance
    of the machine affects all of them, together with a large matrix product that measures the
    machine. A contestant that disagrees with its reference gets no speed. The deformable version
    always runs eagerly in float32, as its authors run it.

    Args:
        models: this library's models, each with its deformable version, its twin (a channel FC for
            every Cycle FC, layer by layer) and itself with stepsize 1 (no shifts, all fast paths).
        against: timm's models; one that does not take a size or a mode is listed with the reason.
        subjects: whole models, the operator alone at the four stages of the first model, and the
            loader without a model.
        work: a forward pass, or forward and backward.
        devices: where to compute, e.g. cpu cuda; by default the CPU and, if there is one, the
            accelerator. Ratios and shares are within one device.
        precisions: of weights and images.
        paths: eager, or compiled with torch.compile (with freezing, for inference).
        image_sizes: in pixels, SIDE or HEIGHTxWIDTH.
        batch_sizes: images per call.
        seconds: least time of a comparison's measurement; at least three rounds are measured.
        threads: threads on the CPU; by default torch's choice.
        workers: processes of the loader; 0 loads in this one.
        clock: "processor" measures this process's CPU time, which other work on a busy machine
            affects less; for ratios of one thread.
        output: folder to write into; by default a new one, runs/benchmark, runs/benchmark-2, ….
        overwrite: replace the results in `output`.

    Returns:
        All results, as in benchmark.json.

    Raises:
        ValueError: there is no such model or device, or a size or number is wrong.
        FileExistsError: `output` already holds results.
    """
    settings = dict(locals())
    sizes = [_size(text) for text in image_sizes]
    _check(models, batch_sizes, seconds, threads)
    at_least(0, workers=workers)
    places = _places(devices)
    if clock == "processor" and (threads != 1 or any(place.type != "cpu" for place in places)):
        raise ValueError("--clock processor is for one thread: add --threads 1 and --devices cpu")
    folder = output_folder(output, "benchmark", _RESULT, overwrite)
    with _threads(threads):
        names = [*map(str, places)]
        axes = (subjects, work, names, precisions, paths, batch_sizes, sizes)
        scenarios = list(every_scenario(models[0], *axes))
        result = BenchmarkResult(describe_machine(places), settings)
        for number, scenario in enumerate(scenarios, 1):
            print(f"[{number}/{len(scenarios)}] {scenario}", file=sys.stderr, flush=True)
            found = _compared(scenario, models, against, seconds, clock)
            result = replace(result, comparisons=(*result.comparisons, found))
            _write(result, folder)  # a long run may be interrupted
        if "loader" in subjects:
            result = replace(result, loading=_loading(sizes, workers, seconds))
    return _completed(result, folder)


def _check(models: list[str], batch_sizes: list[int], seconds: float, threads: int | None) -> None:
    if not models or not all(name.startswith("cyclemlp_") for name in models):
        raise ValueError(
            f"--models are this library's own, at least one; got {models}. `cyclemlp models` lists "
            "them; name others under --against."
        )
    if min(batch_sizes) < 1 or seconds < 0 or (threads is not None and threads < 1):
        raise ValueError(
            "--batch-sizes and --threads must be at least 1 and --seconds not negative; got "
            f"{batch_sizes}, {threads} and {seconds}"
        )


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


def _compared(
    scenario: Scenario, models: list[str], against: list[str], seconds: float, clock: str
) -> Comparison:
    if scenario.subject == "operator":
        entries, references = operator_contestants(scenario.channels)
    else:
        entries = model_contestants(models, against, (scenario.height, scenario.width))
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
