"""The check of a GPU, tried on the CPU with the smallest network."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from cyclemlp.benchmarking.gpu_check import course
from cyclemlp.benchmarking.gpu_check.__main__ import main
from cyclemlp.benchmarking.gpu_check.first_call import main as first_call
from cyclemlp.benchmarking.gpu_check.plan import Plan
from cyclemlp.benchmarking.gpu_check.step import Finding, Step
from cyclemlp.benchmarking.gpu_check.steps import steps_of

CPU = torch.device("cpu")
PLAN = Plan(CPU, ("cyclemlp_nano", "cyclemlp_nano"), ("resnet10t",), 32, 2, 0.0, Path("tests"))
TRIED = (
    "backends",
    "definitions",
    "cyclemlp_nano: model inference float32 eager, 2 x 32x32 on cpu",
    "memory formats",
)


def take(steps: list[Step], folder: Path, minutes: float = 9) -> list[dict]:
    return course.take(steps, {"processor": "one"}, {"minutes": minutes}, folder)["steps"]


def test_the_steps_run_and_their_tables_come_from_the_file(tmp_path, capsys):
    chosen = {step.name: step for step in steps_of(PLAN) if step.name in TRIED}
    assert tuple(chosen) == TRIED  # in order of worth
    taken = take(list(chosen.values()), tmp_path)
    assert [(step["status"], step["reason"]) for step in taken] == [("passed", "")] * len(TRIED)
    found = taken[1]["facts"]["operator"]
    assert {case["dtype"] for case in found} == {"float64", "float32", "float16", "bfloat16"}
    names = [row["name"] for row in taken[2]["facts"]["comparison"]["rows"]]
    assert {"cyclemlp_nano", "cyclemlp_nano twin", "resnet10t"} <= set(names)
    text = (tmp_path / course.TABLES).read_text(encoding="utf-8")
    assert all(f"\n| {name} |" in text for name in names)
    assert main(["--tables", str(tmp_path / course.RESULT)]) == 0
    assert main(["--tables", str(tmp_path / "missing.json")]) == 2
    assert capsys.readouterr().out == text


def test_a_gpu_runs_its_tests_and_captured_graphs_first():
    names = [
        step.name for step in steps_of(Plan(torch.device("cuda:0"), *list(vars(PLAN).values())[1:]))
    ]
    assert names[:3] == ["backends", "definitions", "tests"]
    assert names[3].startswith("operator inference bfloat16 captured")


def test_a_step_that_fails_costs_no_other_and_all_is_written(tmp_path):
    def fails() -> Finding:
        raise RuntimeError("CUDA error")

    def reads() -> Finding:
        written = json.loads((tmp_path / course.RESULT).read_text(encoding="utf-8"))
        return Finding(False, {"before": [step["status"] for step in written["steps"]]})

    steps = [Step("bad", 1, fails), Step("long", 600, fails), Step("last", 1, reads)]
    bad, long, last = take(steps, tmp_path)
    assert (bad["status"], bad["reason"]) == ("failed", "RuntimeError: CUDA error")
    assert long["status"] == "left out"
    assert "it takes about 600 s" in long["reason"]
    assert (last["status"], last["facts"]) == ("failed", {"before": ["failed", "left out"]})
    assert "failed: RuntimeError: CUDA error" in (tmp_path / course.TABLES).read_text("utf-8")


def test_the_command_writes_a_file_and_says_where(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(
        "cyclemlp.benchmarking.gpu_check.__main__.steps_of",
        lambda plan: [Step(plan.models[0], 1, lambda: Finding(True, {"images": plan.batch_size}))],
    )
    words = ["--device", "cpu", "--batch-size", "3", "--output", str(tmp_path)]
    assert main(words) == 0
    assert f"written: {tmp_path / course.RESULT}" in capsys.readouterr().out
    content = json.loads((tmp_path / course.RESULT).read_text(encoding="utf-8"))
    assert content["steps"][0]["facts"] == {"images": 3}
    assert content["settings"]["image_size"] == "224"
    assert main(words) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_a_device_that_is_not_there_is_named(capsys):
    assert main(["--device", "cuda:99"]) == 2
    assert "--device cuda:99: torch cannot compute there" in capsys.readouterr().err


def test_the_first_call_prints_its_seconds(capsys):
    first_call("cyclemlp_nano", "cpu", "32")
    assert float(capsys.readouterr().out) > 0
