"""The verb `benchmark`, on the smallest network."""

from __future__ import annotations

import json
from importlib.metadata import version
from inspect import signature
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import cyclemlp
from cyclemlp import cli
from cyclemlp.benchmarking.results import BenchmarkResult
from cyclemlp.verbs.benchmark import benchmark

SMALL = {
    "models": ["cyclemlp_nano"],
    "against": ["resnet10t"],
    "precisions": ["float32"],
    "paths": ["eager"],
    "batch_sizes": [1],
    "seconds": 0.0,
    "threads": 1,
    "device": "cpu",
    "workers": 0,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("benchmark")
    result = benchmark(**SMALL, image_sizes=["64", "64x128"], output=str(folder))
    return result, folder


def test_compares_models_and_operators_in_inference_and_training(run):
    result, _ = run
    scenarios = [c.scenario for c in result.comparisons]
    assert [s.work for s in scenarios if s.subject == "model"] == ["inference"] * 2 + [
        "training"
    ] * 2
    operators = {(s.height, s.width, s.channels) for s in scenarios if s.subject == "operator"}
    assert {(16, 16, 32), (8, 8, 64), (4, 4, 96), (2, 2, 128), (16, 32, 32)} <= operators
    kinds = ("", " deformable", " twin", " stepsize 1")
    names = [*(f"cyclemlp_nano{kind}" for kind in kinds), "resnet10t"]
    for comparison in result.comparisons:
        if comparison.scenario.subject == "model":
            assert [row.name for row in comparison.rows] == names
        assert not [row for row in comparison.rows if row.refused]
        assert comparison.rows[0].ratio == 1
        assert comparison.product_gflops > 0


def test_the_loader_is_measured_for_each_size(run):
    result, _ = run
    assert [(found.height, found.width) for found in result.loading] == [(64, 64), (64, 128)]
    assert all(min(found.evaluation, found.training) > 0 for found in result.loading)


def test_the_loader_stands_beside_the_fastest_training_of_ours(run):
    result, _ = run
    rates = {
        str(c.scenario): c.rows[0].images_per_second
        for c in result.comparisons
        if c.scenario.subject == "model" and c.scenario.work == "training"
    }
    text = _printed(result)
    for scenario, rate in rates.items():
        assert f"fastest training, {rate:.0f} images/s (cyclemlp_nano, {scenario})" in text


def test_it_is_said_what_timm_is_set_against(run):
    assert "time / ours: timm's networks over cyclemlp_nano" in _printed(run[0])


def _printed(result: BenchmarkResult) -> str:
    console = Console(width=400, file=StringIO())
    console.print(result)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_growth_is_told_between_sizes(run):
    result, _ = run
    names = {(g.name, g.scenario.work) for g in result.growth}
    assert ("cyclemlp_nano", "inference") in names
    assert ("cyclemlp_nano", "training") in names
    memory = [g.memory_exponent for g in result.growth if g.name == "cyclemlp_nano"]
    assert all(0 < exponent < 1.1 for exponent in memory)


def test_writes_results_and_pictures(run):
    result, folder = run
    written = json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(result.to_dict()))
    assert written["machine"]["threads"] == 1
    for package in ("torch", "torchvision", "timm"):
        assert written["machine"][package] == version(package)
    assert written["settings"] == {
        **{name: p.default for name, p in signature(benchmark).parameters.items()},
        **SMALL,
        "image_sizes": ["64", "64x128"],
        "output": str(folder),
    }
    names = {"benchmark.json", "speed.png", "speed.svg", "growth.png", "growth.svg"}
    assert {Path(file).name for file in result.files} == names
    assert all(Path(file).stat().st_size > 1000 for file in result.files)


def test_batch_sizes_have_a_picture(tmp_path):
    settings = {**SMALL, "subjects": ["model"], "work": ["inference"], "batch_sizes": [1, 2]}
    result = benchmark(**settings, image_sizes=[64], output=str(tmp_path))
    names = {"benchmark.json", "speed.png", "speed.svg", "batch.png", "batch.svg"}
    assert {Path(file).name for file in result.files} == names
    picture = (tmp_path / "batch.svg").read_text(encoding="utf-8")
    assert all(row.name in picture for row in result.comparisons[0].rows)


def test_what_does_not_take_a_size_ends_nothing(tmp_path):
    settings = {**SMALL, "against": ["levit_128"], "subjects": ["model"], "work": ["inference"]}
    result = benchmark(**settings, image_sizes=["65"], output=str(tmp_path))
    ours, *_, levit = result.comparisons[0].rows
    assert ours.refused is None
    assert "does not run" in str(levit.refused)
    assert levit.gmacs is None


def test_what_was_measured_is_kept_whatever_comes_after(tmp_path, monkeypatch):
    def fails(*args: object) -> None:
        raise RuntimeError("no loader")

    monkeypatch.setattr("cyclemlp.verbs.benchmark.measure_loading", fails)
    settings = {**SMALL, "subjects": ["model", "loader"], "work": ["inference"]}
    with pytest.raises(RuntimeError, match="no loader"):
        benchmark(**settings, image_sizes=[64], output=str(tmp_path))
    written = json.loads((tmp_path / "benchmark.json").read_text(encoding="utf-8"))
    assert written["comparisons"][0]["rows"][0]["ms_per_image"] > 0


def test_the_command_shows_progress_and_the_table(capsys, tmp_path):
    words = ["benchmark", "--models", "cyclemlp_nano", "--against", "resnet10t"]
    words += ["--subjects", "model", "--work", "inference", "--precisions", "float32"]
    words += ["--paths", "eager", "--image-sizes", "64", "--batch-sizes", "1", "--seconds", "0"]
    assert cli.main([*words, "--threads", "1", "--output", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "[1/1] model inference float32 eager, 1 x 64x64" in err
    assert "share of product" in out
    assert str(tmp_path / "benchmark.json") in out
    assert cli.main([*words, "--output", str(tmp_path)]) == 2
    assert "--overwrite" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": ["resnet10t"]}, r"this library's own.*resnet10t.*--against"),
        ({"models": []}, "at least one"),
        ({"against": ["no_such_net"]}, "no_such_net"),
        ({"image_sizes": ["64by64"]}, r"HEIGHTxWIDTH in pixels; got '64by64'"),
        ({"batch_sizes": [0]}, "--batch-sizes"),
        ({"seconds": -1.0}, "--seconds"),
        ({"clock": "processor", "threads": 2}, "--threads 1"),
    ],
)
def test_a_wrong_argument_is_told(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        benchmark(**{**SMALL, "subjects": ["model"], "output": str(tmp_path), **changes})


@pytest.mark.slow
def test_compiled_networks_agree_and_are_timed(tmp_path):
    settings = {**SMALL, "paths": ["compiled"], "precisions": ["float32", "bfloat16"]}
    settings["against"] = ["test_convnext"]  # batch norm over four positions is no peer in bfloat16
    result = cyclemlp.benchmark(**settings, image_sizes=["64"], output=str(tmp_path))
    for comparison in result.comparisons:
        assert not [row.refused for row in comparison.rows if row.refused]
