"""Run by test_triton.py in a process of its own: every kernel compiled for a GPU that is not there.

Triton's compiler needs no GPU, only to be told which. All of a call runs, choice of settings
included, up to the launch: what the interpreter, which compiles nothing, cannot see.
"""

from importlib import import_module
from typing import Any, cast

import torch
from triton.backends.compiler import GPUTarget
from triton.runtime import driver
from triton.runtime.autotuner import Autotuner
from triton.runtime.jit import JITFunction

from cyclemlp.ops import cycle_fc
from cyclemlp.ops.cuda import triton

SHARED_MEMORY = 163 * 1024  # bytes a block may have on compute capability 8.0


class A100:
    """Triton's driver, as far as compiling asks it."""

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", 80, 32)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return device


timed: list[str] = []
compiled: dict[str, Any] = {}


def compile_instead_of_launching() -> None:
    compile_or_launch = JITFunction.run

    def run(self: Any, *args: Any, grid: Any, warmup: bool, **settings: Any) -> Any:
        kernel = compile_or_launch(self, *args, grid=grid, warmup=True, **settings)
        compiled[self.__name__] = kernel
        return kernel

    def time(self: Any, *args: Any, config: Any, **settings: Any) -> float:
        timed.append(self.base_fn.__name__)
        return float(self.configs.index(config))  # the first is the fastest

    JITFunction.run = run
    Autotuner._bench = time


def call(height: int, width: int, dtype: torch.dtype) -> None:
    """Forward and backward: each of the three kernels once."""
    shapes = ((2, height, width, 64), (64, 64), (64,))
    x, weight, bias = (torch.zeros(shape, dtype=dtype).requires_grad_() for shape in shapes)
    cycle_fc(x, weight, bias).backward(torch.zeros(2, height, width, 64, dtype=dtype))


def versions() -> int:
    kernels = (triton._forward, triton._grad_x, triton._grad_weight)
    return sum(len(kernel.device_caches[0][0]) for kernel in kernels)


def tensor_core_products() -> list[int]:
    return [kernel.asm["ptx"].count("mma.sync") for kernel in compiled.values()]


def main() -> None:
    gpu, operator = cast(Any, A100()), cast(Any, import_module("cyclemlp.ops.cycle_fc"))
    driver.set_active(gpu)
    compile_instead_of_launching()
    operator.implementation = lambda cycle, *operands: triton

    call(56, 56, torch.bfloat16)
    assert sorted(compiled) == ["_forward", "_grad_weight", "_grad_x"]
    assert len(timed) == 3 * len(triton._SETTINGS)
    assert versions() == 3
    assert all(kernel.metadata.shared <= SHARED_MEMORY for kernel in compiled.values())
    assert all(tensor_core_products())

    call(64, 63, torch.bfloat16)  # as many positions, about
    assert len(timed) == 3 * len(triton._SETTINGS)
    call(1, 1, torch.bfloat16)  # far fewer are timed anew, and compile nothing
    assert len(timed) == 6 * len(triton._SETTINGS)
    assert versions() == 3

    torch.backends.cuda.matmul.fp32_precision = "tf32"
    call(56, 56, torch.float32)
    assert all(tensor_core_products())
    torch.backends.cuda.matmul.fp32_precision = "ieee"
    call(56, 56, torch.float32)
    assert not any(tensor_core_products())  # why such products are left to the library
    print("compiled")


if __name__ == "__main__":
    main()
