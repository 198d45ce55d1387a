"""Differences that can be computed by hand."""

from __future__ import annotations

import torch

from cyclemlp.benchmarking.differences import differences


def test_differences_are_relative():
    assert differences([torch.tensor([3.0, 4.0])], [torch.tensor([0.0, 4.0])]) == [0.75]
    assert differences([torch.zeros(2)], [torch.zeros(2)]) == [0]
    assert differences([torch.ones(2)], [torch.zeros(2)]) == [1]
    assert differences([torch.tensor([float("nan")])], [torch.ones(1)]) != [0]


def test_differences_are_per_tensor_unless_it_is_negligible():
    big, small, nothing = torch.full((4,), 100.0), torch.ones(4), torch.full((4,), 1e-6)
    found = differences([big, 2 * small, 2 * nothing], [big, small, nothing])
    assert found[:2] == [0, 1]
    assert 0 < found[2] < 1e-4
