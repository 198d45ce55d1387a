"""The verb ``benchmark``: speed and memory of networks that compute the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cyclemlp.benchmarking.published import OTHERS
from cyclemlp.console.ranges import at_least
from cyclemlp.extras import needed_by

if TYPE_CHECKING:
    from cyclemlp.benchmarking.result import BenchmarkResult

Work = Literal["inference", "training"]
Precision = Literal["float32", "bfloat16"]
RunPath = Literal["eager", "compiled", "captured"]
Subject = Literal["model", "operator", "loader"]
EngineName = Literal["onnxruntime", "openvino"]
Backend = Literal["auto", "plain", "avx2"]  # as cyclemlp.ops.backend takes it


def benchmark(
    models: list[str] = ["cyclemlp_b1", "cyclemlp_b2"],  # noqa: B006 - shown by --help, never changed
    against: list[str] = OTHERS,
    subjects: list[Subject] = ["model", "operator", "loader"],  # noqa: B006
    work: list[Work] = ["inference", "training"],  # noqa: B006
    devices: list[str] | None = None,
    precisions: list[Precision] = ["float32", "bfloat16"],  # noqa: B006
    paths: list[RunPath] = ["eager", "compiled"],  # noqa: B006
    image_sizes: list[int | str] = [224],  # noqa: B006
    batch_sizes: list[int] = [8],  # noqa: B006
    seconds: float = 20.0,
    threads: int | None = None,
    workers: int = 2,
    clock: Literal["wall", "processor"] = "wall",
    backend: Backend = "auto",
    engines: list[EngineName] = [],  # noqa: B006
    output: str | None = None,
    overwrite: bool = False,
) -> BenchmarkResult:
    """Compare speed and memory with the deformable operator, a channel FC and timm's networks.

    Every combination of the lists is one comparison. Contestants run in turn, so that a disturbance
    of the machine affects all of them, together with a large matrix product that measures the
    machine. A contestant that disagrees with its reference gets no speed. The deformable version
    always runs in float32 and never compiled, as its authors run it.

    Args:
        models: this library's models, each prepared (weights packed once, in inference on the CPU),
            with its deformable version, its twin (a channel FC for every Cycle FC, layer by layer)
            and itself with stepsize 1 (no shifts, all fast paths).
        against: timm's models; one that does not take a size or a mode is listed with the reason.
        subjects: whole models, the operator alone at the four stages of the first model, and the
            loader without a model.
        work: a forward pass, or forward and backward.
        devices: where to compute, e.g. cpu cuda; by default the CPU and, if there is one, the
            accelerator. Ratios and shares are within one device.
        precisions: of weights and images.
        paths: eager; compiled with torch.compile (with freezing, for inference); captured as a CUDA
            graph, which is replayed without waiting for Python (on CUDA devices only).
        image_sizes: in pixels, SIDE or HEIGHTxWIDTH.
        batch_sizes: images per call.
        seconds: least time of a comparison's measurement; at least three rounds are measured.
        threads: threads on the CPU; by default torch's choice.
        workers: processes of the loader; 0 loads in this one.
        clock: "processor" measures this process's CPU time, which other work on a busy machine
            affects less; for ratios of one thread.
        backend: the kernels that this library's operators may use: auto all of them, plain none,
            only torch's operators, avx2 those in C for AVX2 at most.
        engines: other engines that compute the models' inference on the CPU, as exported and
            checked on the spot: for one size, with as many threads, for the least latency.
        output: folder to write into; by default a new one, runs/benchmark, runs/benchmark-2, ….
        overwrite: replace the results in `output`.

    Returns:
        All results, as in benchmark.json.

    Raises:
        ValueError: there is no such model or device, or a size or number is wrong.
        FileExistsError: `output` already holds results.
        ImportError: an engine is not installed.
    """
    settings = dict(locals())
    _check(models, batch_sizes, seconds, threads)
    at_least(0, workers=workers)
    with needed_by("benchmark"):
        from cyclemlp.benchmarking.run import run
        from cyclemlp.exporting.engines import chosen_engines
    return run(**{**settings, "engines": chosen_engines(engines)})


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
