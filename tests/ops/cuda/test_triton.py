"""The GPU kernel: in Triton's interpreter everywhere, on the GPU where there is one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from cyclemlp.ops import backends, cycle_fc, explain_backend
from cyclemlp.ops.offsets import Cycle
from cyclemlp.ops.plain.operator import PLAIN

FIRST_USE = """
import sys
import cyclemlp
assert "cyclemlp.ops.cuda.shift" not in sys.modules
"""


def test_the_kernel_and_its_operator_agree_with_the_definition_in_the_interpreter():
    script = Path(__file__).with_name("interpreted.py")
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stdout.strip().splitlines() == ["94 cases agree", "cycle_fc runs it"]


def test_the_kernel_compiles_for_a_gpu_and_not_again_for_other_sizes(tmp_path):
    script = Path(__file__).with_name("compiled.py")
    environment = {**os.environ, "TRITON_CACHE_DIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, env=environment
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stdout.strip() == "compiled"


def test_importing_the_package_loads_no_kernel():
    subprocess.run([sys.executable, "-c", FIRST_USE], check=True)


def test_what_moves_nothing_copies_nothing():
    found = explain_backend(torch.zeros(1, 2, 2, 3), (1, 1))
    assert str(found) == "eager: stepsize (1, 1) is the channel FC, which F.linear computes"
    with pytest.raises(ValueError, match="two positive integers"):
        explain_backend(torch.zeros(1, 2, 2, 3), (0, 3))


class _Cuda:
    """Looks like a tensor on a GPU to what decides."""

    device = torch.device("cuda", 0)
    shape = torch.Size((1, 2, 2, 3))

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype


def _on_cuda(dtype: torch.dtype) -> Any:
    return _Cuda(dtype)


@pytest.mark.parametrize(
    ("dtype", "obstacle", "name", "reason"),
    [
        (torch.bfloat16, None, "triton", "cuda:0, computed in bfloat16"),
        (torch.bfloat16, "Triton is not installed", "eager", "Triton is not installed"),
        (torch.float64, None, "triton", "cuda:0, computed in float64"),
    ],
)
def test_cuda_takes_triton_where_it_can(monkeypatch, dtype, obstacle, name, reason):
    monkeypatch.setattr(backends, "_why_no_triton", lambda device: obstacle)
    found = explain_backend(_on_cuda(dtype))
    assert found.name == name
    assert reason in found.reason
    chosen = backends.implementation(Cycle((1, 3), "released"), _on_cuda(dtype))
    assert (chosen is PLAIN) == (name == "eager")


def test_autocast_decides_the_dtype_that_is_told(monkeypatch):
    monkeypatch.setattr(backends, "_why_no_triton", lambda device: None)
    torch.set_autocast_enabled("cuda", True)  # torch.autocast would not, without a GPU
    try:
        found = explain_backend(_on_cuda(torch.float32))
        double = explain_backend(_on_cuda(torch.float64))
    finally:
        torch.set_autocast_enabled("cuda", False)
    assert str(found) == "triton: x is on cuda:0, computed in float16"
    assert str(double) == "triton: x is on cuda:0, computed in float64"


@pytest.mark.parametrize(
    ("installed", "capability", "compiler", "reason"),
    [
        (True, (8, 0), True, "^None$"),
        (False, (8, 0), True, "Triton is not installed: pip install triton"),
        (True, (7, 5), True, r"needs compute capability \(8, 0\), cuda:0 has \(7, 5\)"),
        (True, (8, 0), False, r"cannot compile here \(no gcc\): it needs a C compiler"),
    ],
)
def test_an_obstacle_to_triton_is_told(monkeypatch, installed, capability, compiler, reason):
    def target() -> str:
        if not compiler:
            raise RuntimeError("no gcc")
        return "sm_80"

    runtime = SimpleNamespace(driver=SimpleNamespace(active=SimpleNamespace()))
    runtime.driver.active.get_current_target = target
    monkeypatch.setattr(backends, "find_spec", lambda name: installed or None)
    monkeypatch.setattr(backends, "import_module", lambda name: runtime)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    found = backends._why_no_triton.__wrapped__(torch.device("cuda", 0))
    assert re.search(reason, str(found))


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
