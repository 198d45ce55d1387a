"""Run by test_triton.py in a process of its own: every kernel in Triton's interpreter, no GPU.

Each case is compared with the definition, in float64, with its gradients; NaN fills fresh memory.
Then `cycle_fc` itself is sent to the kernels, as on a GPU, and differentiated as users do.
"""

import itertools
import os
import random
from importlib import import_module
from typing import Any

os.environ["TRITON_INTERPRET"] = "1"  # read when Triton is imported

import torch
from torch.utils.flop_counter import FlopCounterMode

from cyclemlp.ops import cycle_fc, cycle_fc_reference
from cyclemlp.ops.cuda import triton
from cyclemlp.ops.offsets import PHASES, Cycle


def check(sizes, stepsize, phase, with_bias, dtype=torch.float64, tolerance=1e-10):
    batch, height, width, channels, columns = sizes
    x = torch.randn(batch, height, width, channels, dtype=torch.float64).to(dtype)
    weight = torch.randn(columns, channels, dtype=torch.float64).to(dtype)
    bias = torch.randn(columns, dtype=torch.float64).to(dtype) if with_bias else None
    wide: Any = [None if t is None else t.double().requires_grad_() for t in (x, weight, bias)]
    expected = cycle_fc_reference(wide[0], wide[1], wide[2], stepsize, phase)
    cycle = Cycle(stepsize, phase)
    y = triton.forward(x, weight, bias, cycle)
    grad = torch.randn_like(y)
    gradients: Any = [torch.zeros_like(wide[0]), torch.zeros_like(wide[1])]
    if expected.requires_grad:
        gradients = torch.autograd.grad(
            expected, wide[:2], grad.double(), allow_unused=True, materialize_grads=True
        )
    found = (
        y,
        triton.grad_x(grad, weight, x.shape, cycle),
        triton.grad_weight(grad, x, cycle),
    )
    for ours, theirs in zip(found, (expected, *gradients), strict=True):
        assert ours.dtype == dtype
        torch.testing.assert_close(ours.double(), theirs.detach(), atol=tolerance, rtol=tolerance)


def main():
    random.seed(0)
    torch.manual_seed(0)
    deterministic: Any = torch.utils.deterministic
    deterministic.fill_uninitialized_memory = True
    torch.use_deterministic_algorithms(True)
    triton._SLICE = 16  # several partial sums on small images
    cases = 0
    for stepsize, phase in itertools.product(
        [(1, 1), (1, 3), (3, 1), (1, 7), (4, 1), (3, 3), (2, 3)], PHASES
    ):
        sizes = tuple(random.randint(1, most) for most in (2, 6, 6, 40, 70))
        check(sizes, stepsize, phase, with_bias=cases % 2 == 0)
        cases += 1
    check((2, 9, 8, 65, 66), (1, 3), "released", with_bias=True)  # more than a tile each way
    check((0, 4, 4, 5, 3), (1, 3), "released", with_bias=True)
    check((1, 2, 1, 3, 2), (5, 5), "paper", with_bias=False)  # smaller than the move
    check((1, 5, 4, 12, 8), (1, 3), "released", True, torch.float32, 1e-4)
    check((1, 5, 4, 12, 8), (3, 1), "released", True, torch.float16, 2e-2)
    print(f"{cases + 5} cases agree")
    operator: Any = import_module("cyclemlp.ops.cycle_fc")
    operator.implementation = lambda cycle, *operands: triton
    for stepsize in ((1, 3), (3, 1), (2, 3)):
        check_gradients_of_both_orders(stepsize)
    check_a_penalty_on_the_gradient()
    check_strides_and_low_precision()
    check_frozen_operands()
    check_flops()
    print("cycle_fc runs them")


def operands(dtype=torch.float64) -> Any:
    shapes = ((1, 2, 4, 5), (3, 5), (3,))
    return [torch.randn(shape, dtype=torch.float64).to(dtype).requires_grad_() for shape in shapes]


def check_gradients_of_both_orders(stepsize):
    def function(x, weight, bias):
        return cycle_fc(x, weight, bias, stepsize)

    assert torch.autograd.gradcheck(function, operands())
    assert torch.autograd.gradgradcheck(function, operands(), fast_mode=True)


def check_a_penalty_on_the_gradient():
    inputs, found = operands(), []
    for function in (cycle_fc, cycle_fc_reference):
        y = function(*inputs)
        (slope,) = torch.autograd.grad(y.square().sum(), inputs[0], create_graph=True)
        found.append(torch.autograd.grad(y.sum() + slope.square().sum(), inputs))
    torch.testing.assert_close(found[0], found[1], atol=1e-9, rtol=1e-9)


def check_strides_and_low_precision():
    # half precision stands for bfloat16, whose bits the interpreter multiplies as integers
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float16, 2e-2)):
        x, _, bias = operands(dtype)
        moved, turned = x.transpose(1, 2), torch.randn(5, 3).to(dtype).requires_grad_()
        y = cycle_fc(moved, turned.T, bias)
        upstream = torch.randn_like(y).mT.contiguous().mT
        got = (y, *torch.autograd.grad(y, (x, turned, bias), upstream))
        wide = [t.detach().double().requires_grad_() for t in (x, turned, bias)]
        expected = cycle_fc_reference(wide[0].transpose(1, 2), wide[1].T, wide[2])
        gradients = torch.autograd.grad(expected, wide, upstream.double())
        for ours, theirs in zip(got, (expected, *gradients), strict=True):
            assert ours.dtype == dtype
            torch.testing.assert_close(ours.double(), theirs, atol=tolerance, rtol=tolerance)


def check_frozen_operands():
    for wanted in range(3):
        inputs = [t.requires_grad_(i == wanted) for i, t in enumerate(operands())]
        (got,) = torch.autograd.grad(cycle_fc(*inputs).square().sum(), inputs[wanted])
        (expected,) = torch.autograd.grad(
            cycle_fc_reference(*inputs).square().sum(), inputs[wanted]
        )
        torch.testing.assert_close(got, expected, atol=1e-10, rtol=0)


def check_flops():
    x, weight, bias = operands()
    product = 2 * x.numel() * len(weight)
    with FlopCounterMode(display=False) as counter:
        cycle_fc(x, weight, bias).sum().backward()
    assert counter.get_total_flops() == 3 * product


if __name__ == "__main__":
    main()
