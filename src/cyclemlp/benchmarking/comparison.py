"""The results of one scenario, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cyclemlp.benchmarking.scenarios import Scenario
from cyclemlp.console.tables import table


@dataclass(frozen=True)
class Row:
    """The results of one contestant in one scenario. If it was refused, all speeds are None.

    Attributes:
        name: name of the contestant.
        kind: see `Contestant`.
        ms_per_image: median time per image, in milliseconds.
        ms_low: lower quartile of the same.
        ms_high: upper quartile of the same.
        rounds: number of measured calls.
        images_per_second: from the median.
        ratio: time divided by the time of `ratio_to` in the same rounds; above 1 is slower.
        ratio_to: this library's contestant that the ratio compares with.
        share: fraction of the machine's matrix-product rate in the same rounds, by the GMACs, 0 to
            1. If branches are folded into one matrix, fewer operations are computed than counted.
            None for the deformable version in a bfloat16 scenario, since it runs in float32.
        peak_mib: tensors alive at once in addition to those before the call, in MiB; None for other
            engines and captured graphs, whose memory is their own.
        parameters: number of trainable parameters.
        gmacs: multiply-accumulates of one image's forward pass, in 10⁹; None if it does not run.
        top1: published ImageNet-1K accuracy at this image size, in percent.
        difference: relative distance to the reference; of the result, or of the gradient that is
            closest to its tolerance.
        refused: why there is no speed; None if there is one.
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
    """The results of all contestants in one scenario.

    Attributes:
        scenario: the circumstances.
        product_gflops: the machine's matrix-product rate in the same rounds, in 10⁹ FLOP/s.
        rows: one per contestant.
    """

    scenario: Scenario
    product_gflops: float
    rows: tuple[Row, ...]

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield f"{self.scenario}; matrix product {self.product_gflops:.0f} GFLOP/s"
        yield table(_COLUMNS, [_cells(row) for row in self.rows])
        yield from map("  {}".format, self._notes())

    def _notes(self) -> Iterator[str]:
        for name in dict.fromkeys(row.ratio_to for row in self.rows if row.kind == "timm"):
            yield f"time / ours: timm's networks over {name}"
        how = "in float32" if self.scenario.path == "captured" else "eagerly in float32"
        if (self.scenario.precision, self.scenario.path) != ("float32", "eager"):
            for row in self.rows:
                if row.kind == "deformable":
                    yield f"{row.name}: {how}, as its authors run it"
        for row in self.rows:
            if row.refused:
                yield f"{row.name}: {row.refused}"


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
