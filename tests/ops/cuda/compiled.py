"""Run by test_triton.py in a process of its own: the kernel compiled for a GPU that is not there.

Triton's compiler needs no GPU, only to be told which. All of a call runs up to the launch: what the
interpreter, which compiles nothing, cannot see.
"""

from importlib import import_module
from typing import Any, cast

import torch
from triton.backends.compiler import GPUTarget
from triton.runtime import driver
from triton.runtime.jit import JITFunction

from cyclemlp.ops import cycle_fc
from cyclemlp.ops.cuda import shift
from cyclemlp.ops.cuda.operator import TRITON


class A100:
    """Triton's driver, as far as compiling asks it."""

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", 80, 32)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return device


compiled: list[str] = []


def compile_instead_of_launching() -> None:
    compile_or_launch = JITFunction.run

    def run(self: Any, *args: Any, grid: Any, warmup: bool, **settings: Any) -> Any:
        kernel: Any = compile_or_launch(self, *args, grid=grid, warmup=True, **settings)
        compiled.append(kernel.asm["ptx"])
        return kernel

    JITFunction.run = run


def call(height: int, width: int, channels: int = 64) -> None:
    """Forward and backward: moves there, there again for the weight, and back."""
    shapes = ((2, height, width, channels), (64, channels), (64,))
    x, weight, bias = (torch.zeros(s, dtype=torch.bfloat16).requires_grad_() for s in shapes)
    cycle_fc(x, weight, bias).backward(torch.zeros(2, height, width, 64, dtype=torch.bfloat16))


def versions() -> int:
    kernel: Any = shift._shift
    return len(kernel.device_caches[0][0])


def main() -> None:
    gpu, operator = cast(Any, A100()), cast(Any, import_module("cyclemlp.ops.moved_product"))
    driver.set_active(gpu)
    compile_instead_of_launching()
    operator.implementation = lambda cycle, *operands: TRITON

    call(56, 56)
    assert len(compiled) == 3
    assert versions() == 2  # the move and the move back
    # one 16-byte read for each offset of the cycle and 8 channels
    assert all(ptx.count("ld.global.v4") >= 3 for ptx in compiled)

    call(64, 63)
    call(1, 1)
    call(56, 56, channels=128)
    assert versions() == 4  # for tiles of 128 channels, and none for other images
    print("compiled")


if __name__ == "__main__":
    main()
