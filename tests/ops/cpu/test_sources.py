"""The C sources: headers that are complete, without circles, and agree with Python."""

from __future__ import annotations

import re
import shutil
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from cyclemlp.ops.cpu.compiling import SOURCES
from cyclemlp.ops.cpu.instructions import AVX2, FASTEST_FIRST
from cyclemlp.ops.cpu.kernels import MixerTensors

HEADERS = sorted(SOURCES.glob("*.h"))
# any processor compiles for any other, and so does the wheel
TARGETS = {
    f"{dtype.upper()}, {known.name}": known.portable
    for known in FASTEST_FIRST
    for dtype in known.dtypes
}
ARRAYS = {"weights": ("width", "height", "channel"), "biases": ("width_bias", "height_bias")}


def included(file: Path) -> set[str]:
    return set(re.findall(r'^#include "(.+)"', file.read_text(), re.MULTILINE))


def test_headers_include_each_other_without_circles() -> None:
    graph = {header.name: included(header) for header in HEADERS}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == set(graph)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header.name)
def test_a_header_compiles_alone(header: Path, target: str) -> None:
    kind, _, instructions = target.partition(", ")
    if header.name in ("avx2.h", "avx512.h") and (header.name == "avx2.h") != (
        instructions == "AVX2"
    ):
        pytest.skip("this header is for the other instruction set")
    flags = ["-std=gnu11", "-fopenmp", *TARGETS[target], f"-D{kind}", "-Werror"]
    source = f'#include "{header}"\n'
    command = ["gcc", *flags, "-fsyntax-only", "-x", "c", "-"]
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
