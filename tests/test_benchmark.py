"""The verb `benchmark`, on the smallest network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cyclemlp
from cyclemlp import cli
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
    names = ["cyclemlp_nano", "cyclemlp_nano deformable", "cyclemlp_nano twin", "resnet10t"]
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
    names = {"benchmark.json", "speed.png", "speed.svg", "growth.png", "growth.svg"}
    assert {Path(file).name for file in result.files} == names
    assert all(Path(file).stat().st_size > 1000 for file in result.files)


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
        refused = {row.kind for row in comparison.rows if row.refused}
        assert refused == {"deformable"}  # it is not compiled
