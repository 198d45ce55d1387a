"""The C sources: headers that are complete, without circles, and agree with Python."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from cyclemlp.ops.cpu.compiling import SOURCES
from cyclemlp.ops.cpu.instructions import AMX, AVX2, AVX512, NEON
from cyclemlp.ops.cpu.kernels import MixerTensors

HEADERS = sorted(SOURCES.glob("*.h"))
# any processor compiles for any other, and so does the wheel
TARGETS = {
    f"{dtype.upper()}, {known.name}": known
    for known in (AMX, AVX512, AVX2, NEON)
    for dtype in known.dtypes
}
COMPILERS = {"NEON": "aarch64-linux-gnu-gcc"} if platform.machine() == "x86_64" else {}
# which headers are for which instruction sets
SPECIAL = {"avx2.h": (AVX2,), "avx512.h": (AVX512, AMX), "neon.h": (NEON,)}
ARRAYS = {"weights": ("width", "height", "channel"), "biases": ("width_bias", "height_bias")}


def included(file: Path) -> set[str]:
    return set(re.findall(r'^#include "(.+)"', file.read_text(), re.MULTILINE))


def test_headers_include_each_other_without_circles() -> None:
    graph = {header.name: included(header) for header in HEADERS}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == set(graph)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header.name)
def test_a_header_compiles_alone(header: Path, target: str) -> None:
    kind, _, name = target.partition(", ")
    known, compiler = TARGETS[target], COMPILERS.get(name, "gcc")
    if known not in SPECIAL.get(header.name, (known,)):
        pytest.skip("this header is for another instruction set")
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    flags = ["-std=gnu11", "-fopenmp", *known.portable, f"-D{kind}", "-Werror"]
    source = f'#include "{header}"\n'
    command = [compiler, *flags, "-fsyntax-only", "-x", "c", "-"]
    run = subprocess.run(command, input=source, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
@pytest.mark.parametrize(
    ("flags", "instructions"),
    [
        (["-march=nehalem", *AVX2.native[1:]], "no AVX2 and FMA here"),
        (["-march=sandybridge", *AVX2.native[1:]], "no AVX2 and FMA here"),
        (["-march=haswell"], "no AVX-512 here"),
        (["-march=haswell", *AVX2.native[1:], "-DBFLOAT16"], "no AMX for bfloat16 here"),
    ],
)
def test_instructions_that_gcc_may_not_use_are_a_reason(
    flags: list[str], instructions: str
) -> None:
    command = ["gcc", "-std=gnu11", *flags, "-fsyntax-only", str(SOURCES / "gather.c")]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode != 0
    assert f'#error "{instructions}, or gcc does not know' in run.stderr


def test_python_and_c_name_the_mixers_parameters_in_one_order() -> None:
    struct = (
        (SOURCES / "mixer_plan.h").read_text().partition("struct mixer {")[2].partition("};")[0]
    )
    pointers = re.findall(r"const elem ([^;]+);", struct)
    names = [re.sub(r"[*\s]|\[.*", "", name) for line in pointers for name in line.split(",")]
    assert names[:2] == ["x", "residual"]
    expanded = [field for name in names[2:] for field in ARRAYS.get(name, (name,))]
    assert expanded == list(MixerTensors._fields)
