"""What a benchmark found, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from cyclemlp.console.tables import table


@dataclass(frozen=True)
class Scenario:
    """The circumstances in which contestants are set side by side.

    Attributes:
        subject: `"model"` or `"operator"`.
        work: `"inference"` or `"training"`.
        device: as torch names it, `"cpu"` or `"cuda:0"`.
        precision: `"float32"` or `"bfloat16"`, of weights and images.
        path: `"eager"` or `"compiled"`.
        batch_size: images at a time.
        height: of the images, or of the operator's feature map.
        width: of the same.
        channels: of the operator; 0 for models.
    """

    subject: str
    work: str
    device: str
    precision: str
    path: str
    batch_size: int
    height: int
    width: int
    channels: int = 0

    def __str__(self) -> str:
        shape = f"{self.height}x{self.width}" + (f"x{self.channels}" if self.channels else "")
        how = f"{self.subject} {self.work} {self.precision} {self.path}"
        return f"{how}, {self.batch_size} x {shape} on {self.device}"


@dataclass(frozen=True)
class Row:
    """One contestant in one scenario. All speeds are None where `refused` says why.

    Attributes:
        name: of the contestant.
        kind: `"ours"`, `"deformable"`, `"twin"`, `"collapsed"` or `"timm"`.
        ms_per_image: median, in milliseconds.
        ms_low: a quarter of the rounds was faster.
        ms_high: a quarter was slower.
        rounds: measured.
        images_per_second: from the median.
        ratio: its time over that of `ratio_to` in the same rounds; above 1 is slower.
        ratio_to: the contestant of ours it is set against.
        share: of the machine's matrix-product rate in the same rounds, by its GMACs, 0 to 1. Where
            branches are one matrix, fewer are computed than are counted. None for the deformable
            version beside others in bfloat16: it runs in float32.
        peak_mib: tensors alive at once over those before, in MiB.
        parameters: trainable.
        gmacs: multiply-accumulates of one image's forward pass, in 10⁹; None where it has none.
        top1: published ImageNet-1K accuracy at this image size, in percent.
        difference: relative distance to the reference it was checked against, of the result or of
            that gradient which came nearest to being refused.
        refused: why there is no speed.
    """

    name: str
    kind: str
    ms_per_image: float | None
    ms_low: float | None
    ms_high: float | None
    rounds: int
    images_per_second: float | None
    ratio: float | None
    ratio_to: str
    share: float | None
    peak_mib: float | None
    parameters: int
    gmacs: float | None
    top1: float | None
    difference: float | None
    refused: str | None


@dataclass(frozen=True)
class Comparison:
    """All contestants in one scenario.

    Attributes:
        scenario: the circumstances.
        product_gflops: the machine's matrix-product rate in the same rounds, in 10⁹ FLOP/s.
        rows: one a contestant.
    """

    scenario: Scenario
    product_gflops: float
    rows: tuple[Row, ...]

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield f"{self.scenario}; matrix product {self.product_gflops:.0f} GFLOP/s"
        yield table(_COLUMNS, [_cells(row) for row in self.rows])
        for name in dict.fromkeys(row.ratio_to for row in self.rows if row.kind == "timm"):
            yield f"  time / ours: timm's networks over {name}"
        if (self.scenario.precision, self.scenario.path) != ("float32", "eager"):
            for row in self.rows:
                if row.kind == "deformable":
                    yield f"  {row.name}: eagerly in float32, as its authors run it"
        for row in self.rows:
            if row.refused:
                yield f"  {row.name}: {row.refused}"


@dataclass(frozen=True)
class Growth:
    """How time and memory of a model grow with the image.

    Attributes:
        name: of the contestant.
        scenario: of the smallest image.
        time_exponent: of time in the number of pixels; 1 is linear.
        memory_exponent: of peak memory in the same.
    """

    name: str
    scenario: Scenario
    time_exponent: float
    memory_exponent: float


@dataclass(frozen=True)
class Loading:
    """How fast the loaders deliver JPEGs of 500 × 375 pixels, without a network.

    Attributes:
        height: of the network's input, in pixels.
        width: of the same.
        workers: loading processes.
        training: images/s with the augmentation of the released weights' training.
        evaluation: images/s resized and cropped.
    """

    height: int
    width: int
    workers: int
    training: float
    evaluation: float

    def __str__(self) -> str:
        return (
            f"loader, 500x375 JPEG to {self.height}x{self.width}, {self.workers} workers: "
            f"{self.training:.0f} images/s for training, {self.evaluation:.0f} for evaluation"
        )


@dataclass(frozen=True)
class BenchmarkResult:
    """A whole run.

    Attributes:
        machine: processor, each accelerator's name, threads, versions, date and the command.
        settings: all arguments of the call.
        comparisons: one a scenario.
        growth: of models measured at several sizes.
        loading: of the loaders, one an image size.
        files: what was written.
    """

    machine: dict[str, Any]
    settings: dict[str, Any]
    comparisons: tuple[Comparison, ...] = ()
    growth: tuple[Growth, ...] = ()
    loading: tuple[Loading, ...] = ()
    files: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts."""
        return asdict(self)

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield ", ".join(f"{key} {value}" for key, value in self.machine.items())
        for comparison in self.comparisons:
            yield ""
            yield comparison
        for g in self.growth:
            s = g.scenario
            yield (
                f"{g.name}, {s.work} {s.precision} {s.path}, batch {s.batch_size} on {s.device}: "
                f"time grows with pixels^{g.time_exponent:.2f}, memory with "
                f"pixels^{g.memory_exponent:.2f}"
            )
        for loading in self.loading:
            yield f"{loading}{self._beside(loading)}"
        yield ""
        yield f"written: {', '.join(self.files)}"

    def _beside(self, loading: Loading) -> str:
        """The fastest training of ours at the loader's size, where it was measured."""
        size = (loading.height, loading.width)
        found = [
            (row.images_per_second, f"{row.name}, {comparison.scenario}")
            for comparison in self.comparisons
            if _trains_at(size, comparison.scenario)
            for row in comparison.rows
            if row.kind == "ours" and row.images_per_second
        ]
        if not found:
            return ""
        rate, who = max(found)
        return f"; beside it the fastest training, {rate:.0f} images/s ({who})"


def _trains_at(size: tuple[int, int], scenario: Scenario) -> bool:
    facts = (scenario.subject, scenario.work, (scenario.height, scenario.width))
    return facts == ("model", "training", size)


_COLUMNS = (
    "network",
    "ms/image",
    "quartiles",
    "images/s",
    "time / ours",
    "share of product",
    "peak MiB",
    "params M",
    "GMACs",
    "top-1 %",
    "difference",
)


def _cells(row: Row) -> tuple[str, ...]:
    spread = "–" if row.ms_low is None else f"{row.ms_low:.2f} to {row.ms_high:.2f}"
    return (
        row.name,
        _number(row.ms_per_image, ".2f"),
        spread,
        _number(row.images_per_second, ".1f"),
        _number(row.ratio, ".3f"),
        _number(row.share, ".0%"),
        _number(row.peak_mib, ".1f"),
        f"{row.parameters / 1e6:.2f}",
        _number(row.gmacs, ".3g"),
        _number(row.top1, ".1f"),
        _number(row.difference, ".0e"),
    )


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
