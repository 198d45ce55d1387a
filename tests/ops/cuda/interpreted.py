"""Run by test_triton.py in a process of its own: the kernel in Triton's interpreter, no GPU.

Each move is compared with that of plain torch, bit by bit; NaN fills fresh memory. Then `cycle_fc`
itself is sent to the kernel, as on a GPU, and differentiated as users do.
"""

import itertools
import os
import random
from importlib import import_module
from typing import Any

os.environ["TRITON_INTERPRET"] = "1"  # read when Triton is imported

import torch
from torch.utils.flop_counter import FlopCounterMode

from cyclemlp.ops import axial_offsets, cycle_fc, cycle_fc_reference
from cyclemlp.ops.cuda import shift as kernel
from cyclemlp.ops.cuda.operator import TRITON
from cyclemlp.ops.offsets import PHASES, Cycle
from cyclemlp.ops.plain import eager
from cyclemlp.ops.tables import table_of

DTYPES = (torch.float64, torch.float32, torch.float16)


def check(sizes, cycle, dtype):
    x = torch.randn(sizes, dtype=torch.float64).to(dtype)
    for image in (x, x.transpose(1, 2)):
        moved, back = kernel.shift(image, cycle), kernel.shift(image, cycle, back=True)
        assert torch.equal(moved, eager.shift(image, cycle.slices()))
        assert torch.equal(back, eager.shift(image, cycle.slices(back=True)))
        assert moved.dtype == back.dtype == dtype
        assert moved.is_contiguous()


def main():
    random.seed(0)
    torch.manual_seed(0)
    deterministic: Any = torch.utils.deterministic
    deterministic.fill_uninitialized_memory = True
    torch.use_deterministic_algorithms(True)
    kernel._ELEMENTS = 256  # several tiles on small images
    cases = 0
    steps = [(1, 1), (1, 3), (3, 1), (1, 7), (4, 1), (3, 3), (2, 3)]
    for stepsize, phase, dtype in itertools.product(steps, PHASES, DTYPES):
        for vectors in (12, 0):  # a vector an offset, or element by element
            kernel._MOST_VECTORS = vectors
            sizes = tuple(random.randint(1, most) for most in (2, 6, 6, 70))
            check(sizes, Cycle(stepsize, phase), dtype)
            cases += 1
    released = Cycle((1, 3), "released")
    for sizes in ((0, 4, 4, 5), (1, 1, 1, 1), (2, 9, 8, 64), (1, 3, 4, 320), (1, 2, 2, 300)):
        check(sizes, released, torch.float32)
        cases += 1
    check((1, 2, 1, 7), Cycle((5, 5), "paper"), torch.float64)  # smaller than the move
    check((1, 3, 4, 40), Cycle((1, 31), "released"), torch.float64)
    check((1, 3, 4, 40), Cycle((6, 6), "paper"), torch.float16)
    for table in (axial_offsets(70, 5, "width"), torch.randint(-2, 3, (33, 2)).repeat(2, 1)):
        check((2, 6, 7, len(table)), table_of(table, len(table)), torch.float32)
    print(f"{cases + 5} cases agree")
    operator: Any = import_module("cyclemlp.ops.moved_product")
    operator.implementation = lambda cycle, *operands: TRITON
    for stepsize in ((1, 3), (3, 1), (2, 3)):
        check_gradients_of_both_orders(stepsize)
    check_a_penalty_on_the_gradient()
    check_strides_and_low_precision()
    check_frozen_operands()
    check_flops()
    print("cycle_fc runs it")


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
