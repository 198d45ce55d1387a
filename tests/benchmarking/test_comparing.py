"""The columns of a comparison, and the device that computes it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from cyclemlp.benchmarking import comparing
from cyclemlp.benchmarking.operators import DeformableFC
from cyclemlp.benchmarking.timing import Times
from cyclemlp.models import CycleFC

from .side_by_side import compare_modules


def test_every_column_follows_from_the_times():
    layer = CycleFC(8, 8)
    rows = compare_modules({"ours": ("ours", layer), "other": ("deformable", DeformableFC(layer))})
    row, ours = rows["other"], rows["ours"]
    assert row.ms_per_image is not None
    assert ours.ms_per_image is not None
    assert row.images_per_second == pytest.approx(1e3 / row.ms_per_image)
    assert row.ratio == pytest.approx(row.ms_per_image / ours.ms_per_image)
    assert row.gmacs == ours.gmacs == 6 * 5 * 8 * 8 / 1e9
    assert row.parameters == 8 * 9
    assert row.rounds == 3


def test_the_reason_is_given_if_a_network_does_not_run():
    layer = CycleFC(8, 8)
    entries = {"ours": ("ours", layer), "other": ("timm", nn.Linear(7, 7))}
    row = compare_modules(entries)["other"]
    assert row.ms_per_image is None
    assert row.refused is not None
    assert row.refused.startswith("does not run")


def test_the_deformable_version_runs_as_its_authors_run_it():
    layer = CycleFC(8, 8)
    entries = {"ours": ("ours", layer), "other": ("deformable", DeformableFC(layer))}
    rows = compare_modules(entries, precision="bfloat16")
    assert rows["ours"].share is not None
    row = rows["other"]
    assert row.refused is None
    assert row.ms_per_image is not None
    assert row.share is None  # the machine's rate is that of bfloat16
    assert row.difference is not None
    assert row.difference < 1e-6  # float32 accuracy


def test_everything_is_timed_and_measured_on_the_device_of_the_scenario(monkeypatch):
    asked: list[tuple[str, torch.device]] = []

    def noted(function: Any, *args: Any) -> Any:
        asked.extend((function.__name__, arg) for arg in args if isinstance(arg, torch.device))
        return function(*args)

    names = ("matrix_product", "interleaved", "peak_memory")
    for name in names:
        monkeypatch.setattr(comparing, name, partial(noted, getattr(comparing, name)))
    (row,) = compare_modules({"ours": ("ours", CycleFC(8, 8))}, device="cpu:0").values()
    assert row.refused is None
    assert asked == [(name, torch.device("cpu:0")) for name in names]


def test_images_and_networks_are_moved_to_the_device_of_the_scenario(monkeypatch):
    """The device is "meta", whose tensors have no values to compare."""
    nothing = Times(1.0, 1.0, 1.0, 3)
    monkeypatch.setattr(comparing, "matrix_product", lambda *args: (int, 1.0))
    monkeypatch.setattr(
        comparing, "interleaved", lambda calls, *args: dict.fromkeys(calls, nothing)
    )
    (row,) = compare_modules({"ours": ("ours", CycleFC(8, 8))}, device="meta").values()
    assert "meta tensors" in str(row.refused)
