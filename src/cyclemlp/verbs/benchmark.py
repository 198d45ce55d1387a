"""The verb ``benchmark``: speed side by side, of what was checked to compute the same."""

from __future__ import annotations

import platform
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from math import log
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from cyclemlp.benchmarking.comparing import compare
from cyclemlp.benchmarking.contestants import (
    Contestant,
    DefinitionFC,
    DeformableFC,
    channel_fc,
    contestants,
    references,
)
from cyclemlp.benchmarking.loading import measure_loading
from cyclemlp.benchmarking.plots import draw
from cyclemlp.benchmarking.results import (
    BenchmarkResult,
    Comparison,
    Growth,
    Loading,
    Scenario,
)
from cyclemlp.console.devices import best_device, usable_device
from cyclemlp.console.folders import output_folder, write_json
from cyclemlp.console.ranges import at_least
from cyclemlp.models.layers import CycleFC
from cyclemlp.tasks.common.backbones import create_network

Work = Literal["inference", "training"]
Precision = Literal["float32", "bfloat16"]
Path_ = Literal["eager", "compiled"]
Subject = Literal["model", "operator", "loader"]

_CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}
OTHERS = [
    "swin_tiny_patch4_window7_224",
    "convnext_tiny",
    "pvt_v2_b2",
    "resnet50",
    "mixer_b16_224",
    "resmlp_24_224",
    "gmlp_s16_224",
]


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

    Every combination of the lists is one comparison. Contestants run in turn, so that whatever
    disturbs the machine meets all of them, beside a large matrix product whose rate is the
    machine's. One that does not agree with its reference gets no speed. The deformable version runs
    eagerly in float32, as its authors run it, beside whatever the others do.

    Args:
        models: this library's, each with its deformable version, its twin (a channel FC for every
            Cycle FC, layer by layer) and itself with stepsize 1 (nothing moves, on all our paths).
        against: timm's; those that do not take a size or a mode say so.
        subjects: whole models, the operator alone at the four stages of the first model, and the
            loader that feeds a model, by itself.
        work: a forward pass, or forward and backward.
        devices: where to compute, e.g. cpu cuda; by default the CPU and, where there is one, the
            accelerator. Ratios and shares are within one device.
        precisions: of weights and images.
        paths: run as they are, or by torch.compile (with freezing, for inference).
        image_sizes: in pixels, SIDE or HEIGHTxWIDTH.
        batch_sizes: images at a time.
        seconds: of timing a comparison, at least; three rounds are always taken.
        threads: of the processor; by default torch's choice.
        workers: processes of the loader; 0 loads in this one.
        clock: "processor" counts the processor's time for this process instead, which other work on
            a busy machine disturbs less: ratios of one thread.
        output: folder to write into; by default a new one, runs/benchmark, runs/benchmark-2, ….
        overwrite: replace the results in `output`.

    Returns:
        All results, as in benchmark.json.

    Raises:
        ValueError: there is no such model or device, or a size or number is wrong.
        FileExistsError: `output` holds results already.
    """
    settings = dict(locals())
    sizes = [_size(text) for text in image_sizes]
    _check(models, batch_sizes, seconds, threads)
    at_least(0, workers=workers)
    places = _places(devices)
    if clock == "processor" and (threads != 1 or any(place.type != "cpu" for place in places)):
        raise ValueError("--clock processor is for one thread: add --threads 1 and --devices cpu")
    folder = output_folder(output, "benchmark", "benchmark.json", overwrite)
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        axes = (subjects, work, [*map(str, places)], precisions, paths, batch_sizes, sizes)
        scenarios = list(_scenarios(models[0], *axes))
        result = BenchmarkResult(_machine(places), settings)
        for number, scenario in enumerate(scenarios, 1):
            print(f"[{number}/{len(scenarios)}] {scenario}", file=sys.stderr, flush=True)
            entries = _entries(scenario, models, against)
            found = compare(scenario, *entries, seconds, _CLOCKS[clock])
            result = replace(result, comparisons=(*result.comparisons, found))
            _write(result, folder)  # the next one may take an hour, or end the run
        if "loader" in subjects:
            result = replace(result, loading=_loading(sizes, workers, seconds))
    finally:
        torch.set_num_threads(before)
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
    """Those named, or by default the CPU and the accelerator."""
    names = dict.fromkeys(["cpu", str(best_device(None))]) if devices is None else devices
    return [usable_device(name, "--devices") for name in names]


def _size(text: int | str) -> tuple[int, int]:
    parts = str(text).split("x")
    if len(parts) > 2 or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise ValueError(f"--image-sizes are SIDE or HEIGHTxWIDTH in pixels; got {text!r}")
    return int(parts[0]), int(parts[-1])


def _scenarios(
    model: str,
    subjects: Sequence[str],
    work: Sequence[str],
    devices: Sequence[str],
    precisions: Sequence[str],
    paths: Sequence[str],
    batch_sizes: Sequence[int],
    sizes: Sequence[tuple[int, int]],
) -> Iterator[Scenario]:
    computing = [s for s in subjects if s != "loader"]
    axes = (computing, work, devices, precisions, paths, batch_sizes, sizes)
    for subject, how, device, precision, path, batch, (height, width) in product(*axes):
        shapes = [(height, width, 0)]
        if subject == "operator":
            shapes = _stages(model, height, width)
        for shape in shapes:
            yield Scenario(subject, how, device, precision, path, batch, *shape)


def _loading(sizes: Sequence[tuple[int, int]], workers: int, seconds: float) -> tuple[Loading, ...]:
    print("loader", file=sys.stderr, flush=True)
    return measure_loading(sizes, workers, seconds)


def _stages(model: str, height: int, width: int) -> list[tuple[int, int, int]]:
    """(height, width, channels) of the model's feature maps."""
    network: Any = create_network(model, device="meta").eval()
    images = torch.empty(1, 3, height, width, device="meta")
    maps = network.forward_intermediates(images, output_fmt="NHWC", intermediates_only=True)
    return [tuple(feature.shape[1:]) for feature in maps]


def _entries(
    scenario: Scenario, models: list[str], against: list[str]
) -> tuple[list[Contestant], dict[str, nn.Module]]:
    """Contestants, and the network that each of ours must agree with."""
    if scenario.subject == "operator":
        layer = CycleFC(scenario.channels, scenario.channels)
        modules = {"ours": layer, "deformable": DeformableFC(layer), "twin": channel_fc(layer)}
        names = {"ours": "cycle_fc", "deformable": "deform_conv2d", "twin": "F.linear"}
        made = [Contestant(names[k], k, m, "cycle_fc", None) for k, m in modules.items()]
        return made, {"cycle_fc": DefinitionFC(layer)}
    made = contestants(models, against, (scenario.height, scenario.width))
    return made, references(made)


def _machine(places: Sequence[torch.device]) -> dict[str, Any]:
    return {
        "processor": _processor(),
        **{str(place): _accelerator(place) for place in places if place.type != "cpu"},
        "threads": torch.get_num_threads(),
        **_versions("torch", "torchvision", "timm", "triton"),
        "date": date.today().isoformat(),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def _accelerator(place: torch.device) -> str:
    return torch.cuda.get_device_name(place) if place.type == "cuda" else place.type


def _versions(*packages: str) -> dict[str, str]:
    """Of those that are installed."""
    found = {}
    for package in packages:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _processor() -> str:
    """Its name and what of its instruction sets decides the speed of products."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    pairs = (line.partition(":") for line in lines)
    facts = {name.strip(): value.strip() for name, _, value in pairs}
    flags = facts.get("flags", "").split()
    sets = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags]
    return " ".join([facts.get("model name", platform.processor() or platform.machine()), *sets])


def _completed(result: BenchmarkResult, folder: Path) -> BenchmarkResult:
    pictures = draw(result.comparisons, folder)
    files = tuple(str(path) for path in [folder / "benchmark.json", *pictures])
    result = replace(result, growth=tuple(_growth(result.comparisons)), files=files)
    _write(result, folder)
    return result


def _write(result: BenchmarkResult, folder: Path) -> None:
    write_json(folder / "benchmark.json", result.to_dict())


def _growth(comparisons: Sequence[Comparison]) -> Iterator[Growth]:
    """Exponents between the smallest and the largest image, the rest being alike."""
    series: dict[Any, list[tuple[int, Scenario, float, float]]] = {}
    for comparison in comparisons:
        s = comparison.scenario
        for row in comparison.rows:
            if s.subject == "model" and row.ms_per_image and row.peak_mib:
                key = (row.name, s.work, s.device, s.precision, s.path, s.batch_size)
                point = (s.height * s.width, s, row.ms_per_image, row.peak_mib)
                series.setdefault(key, []).append(point)
    for (name, *_), points in series.items():
        first, last = min(points, key=lambda p: p[0]), max(points, key=lambda p: p[0])
        if last[0] > first[0]:
            steps = log(last[0] / first[0])
            slow, large = log(last[2] / first[2]) / steps, log(last[3] / first[3]) / steps
            yield Growth(name, first[1], slow, large)
