"""The GPU kernels: in Triton's interpreter everywhere, on the GPU where there is one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from cyclemlp.ops import backends, cycle_fc, explain_backend

FIRST_USE = """
import sys
import cyclemlp
assert "cyclemlp.ops.triton" not in sys.modules
"""


def test_every_kernel_and_its_operator_agree_with_the_definition_in_the_interpreter():
    script = Path(__file__).with_name("interpreted.py")
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stdout.strip().splitlines() == ["19 cases agree", "cycle_fc runs them"]


def test_importing_the_package_loads_no_kernel():
    subprocess.run([sys.executable, "-c", FIRST_USE], check=True)


def test_the_cpu_is_told():
    assert explain_backend(torch.zeros(1, 2, 2, 3)).name == "eager"
    assert "x is on the cpu" in str(explain_backend(torch.zeros(1, 2, 2, 3)))


class _Cuda:
    """Looks like a tensor on a GPU to what decides."""

    device = torch.device("cuda", 0)

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype


@pytest.mark.parametrize(
    ("dtype", "installed", "name", "reason"),
    [
        (torch.bfloat16, True, "triton", "cuda:0 in bfloat16"),
        (torch.bfloat16, False, "eager", "Triton is not installed"),
        (torch.float64, True, "eager", "float64"),
    ],
)
def test_cuda_takes_triton_where_it_can(monkeypatch, dtype, installed, name, reason):
    monkeypatch.setattr(backends, "_has_triton", lambda: installed)
    found = explain_backend(_Cuda(dtype))  # type: ignore[arg-type]
    assert found.name == name
    assert reason in found.reason


def test_a_trace_is_told():
    told = []

    def trace(x: torch.Tensor) -> torch.Tensor:
        told.append(explain_backend(x).name)
        return x

    torch.jit.trace(trace, (torch.zeros(1, 2, 2, 3),), check_trace=False)
    assert told == ["traced"]


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("stepsize", [(1, 3), (3, 1), (3, 3), (1, 7)])
@pytest.mark.parametrize("sizes", [(2, 56, 56, 64, 64), (1, 13, 17, 96, 200), (3, 7, 7, 512, 512)])
def test_the_gpu_agrees_with_the_cpu_in_double_precision(dtype, stepsize, sizes):
    batch, height, width, channels, columns = sizes
    wide: Any = [
        torch.randn(*shape, dtype=torch.float64, requires_grad=True)
        for shape in ((batch, height, width, channels), (columns, channels), (columns,))
    ]
    low: Any = [t.detach().to("cuda", dtype).requires_grad_() for t in wide]
    assert explain_backend(low[0]).name == "triton"
    y = cycle_fc(low[0], low[1], low[2], stepsize)
    expected = cycle_fc(wide[0], wide[1], wide[2], stepsize)
    grad = torch.randn_like(expected)
    got = torch.autograd.grad(y, low, grad.to("cuda", dtype))
    tolerance = 1e-5 if dtype == torch.float32 else 2e-2
    for ours, theirs in zip(
        (y, *got), (expected, *torch.autograd.grad(expected, wide, grad)), strict=True
    ):
        distance = (ours.double().cpu() - theirs).norm() / theirs.norm()
        assert distance < tolerance
