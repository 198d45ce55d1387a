"""The verb `benchmark`, on the smallest network."""

from __future__ import annotations

import json
from importlib.metadata import version
from inspect import signature
from io import StringIO
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
import torch
from rich.console import Console

import cyclemlp
from cyclemlp.benchmarking import run as course
from cyclemlp.benchmarking.growth import growth
from cyclemlp.benchmarking.machine import describe_machine
from cyclemlp.benchmarking.plots.draw import draw
from cyclemlp.benchmarking.result import BenchmarkResult
from cyclemlp.cli.main import main
from cyclemlp.exporting import engines as choosing_engines
from cyclemlp.ops.selection import BackendName, selected_backend
from cyclemlp.verbs.benchmark import Backend, EngineName, benchmark

SMALL = {
    "models": ["cyclemlp_nano"],
    "against": ["resnet10t"],
    "precisions": ["float32"],
    "paths": ["eager"],
    "batch_sizes": [1],
    "seconds": 0.0,
    "threads": 1,
    "devices": ["cpu"],
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
            prepared = ["cyclemlp_nano prepared"] * (comparison.scenario.work == "inference")
            assert [row.name for row in comparison.rows] == [names[0], *prepared, *names[1:]]
        assert not [row for row in comparison.rows if row.refused]
        assert comparison.rows[0].ratio == 1
        assert comparison.product_gflops > 0


def test_the_loader_is_measured_for_each_size(run):
    result, _ = run
    assert [(found.height, found.width) for found in result.loading] == [(64, 64), (64, 128)]
    assert all(min(found.evaluation, found.training) > 0 for found in result.loading)


def test_the_loader_is_shown_with_the_fastest_training(run):
    result, _ = run
    rates = {
        str(c.scenario): c.rows[0].images_per_second
        for c in result.comparisons
        if c.scenario.subject == "model" and c.scenario.work == "training"
    }
    text = _printed(result)
    for scenario, rate in rates.items():
        assert f"fastest training, {rate:.0f} images/s (cyclemlp_nano, {scenario})" in text


def test_the_table_names_the_reference_of_timms_ratios(run):
    assert "time / ours: timm's networks over cyclemlp_nano" in _printed(run[0])


def _printed(result: BenchmarkResult) -> str:
    console = Console(width=400, file=StringIO())
    console.print(result)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_growth_is_reported_between_sizes(run):
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


@pytest.fixture(scope="module")
def two_devices(tmp_path_factory: pytest.TempPathFactory):
    """The CPU under two names, as if there were two devices."""
    folder = tmp_path_factory.mktemp("devices")
    settings = {**SMALL, "against": [], "subjects": ["model", "loader"], "work": ["inference"]}
    settings |= {"batch_sizes": [1, 2], "image_sizes": [64, 96], "output": str(folder)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course, "usable_device", lambda name, flag: torch.device(name))
        return benchmark(**{**settings, "devices": ["cpu", "cpu:0"]}), folder


def test_every_combination_is_compared_on_every_device(two_devices):
    result, folder = two_devices
    found = [
        (c.scenario.device, c.scenario.batch_size, c.scenario.height) for c in result.comparisons
    ]
    assert found == [*product(("cpu", "cpu:0"), (1, 2), (64, 96))]
    written = json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))
    assert [c["scenario"]["device"] for c in written["comparisons"]] == [d for d, *_ in found]
    rates = [c.product_gflops for c in result.comparisons]
    assert len(set(rates)) == len(rates)  # one measurement per comparison


def test_tables_and_growth_name_the_device(two_devices):
    result, _ = two_devices
    text = _printed(result)
    for device in ("cpu", "cpu:0"):
        assert f"model inference float32 eager, 2 x 96x96 on {device}; matrix product" in text
        for batch in (1, 2):
            case = f"cyclemlp_nano, inference float32 eager, batch {batch} on {device}"
            assert f"{case}: time grows with pixels^" in text
    grown = [(g.name, g.scenario.device, g.scenario.batch_size) for g in result.growth]
    assert len(grown) == len(set(grown)) == 5 * 2 * 2  # networks, devices, batch sizes


def test_the_loader_is_measured_once_for_all_devices(two_devices):
    assert [found.height for found in two_devices[0].loading] == [64, 96]


def test_each_of_several_devices_has_its_own_pictures(two_devices):
    result, folder = two_devices
    tails = {"cpu": "cpu", "cpu:0": "cpu0"}
    pictures = [*product(("speed", "growth", "batch"), tails)]
    names = {f"{name}-{tails[d]}.{ending}" for name, d in pictures for ending in ("png", "svg")}
    assert {Path(file).name for file in result.files} == names | {"benchmark.json"}
    for name, device in pictures:
        text = (folder / f"{name}-{tails[device]}.svg").read_text(encoding="utf-8")
        named = {other for other in tails if f"on {other} -->" in text}  # the end of an SVG comment
        assert named == {device}


def test_growth_is_not_reported_across_devices(two_devices, tmp_path):
    sizes = {"cpu": 64, "cpu:0": 96}
    apart = [c for c in two_devices[0].comparisons if c.scenario.height == sizes[c.scenario.device]]
    assert {c.scenario.device for c in apart} == set(sizes)
    assert not [*growth(apart)]
    assert {path.stem.partition("-")[0] for path in draw(apart, tmp_path)} == {"speed", "batch"}


def test_a_device_named_twice_is_compared_twice(tmp_path):
    settings = {**SMALL, "subjects": ["operator"], "work": ["inference"]}
    settings |= {"devices": ["cpu", "cpu"], "image_sizes": [64], "output": str(tmp_path)}
    result = benchmark(**settings)
    assert [c.scenario.device for c in result.comparisons] == ["cpu"] * 2 * 4  # stages
    assert {Path(file).stem for file in result.files} == {"benchmark", "speed"}


@pytest.fixture
def accelerator(monkeypatch: pytest.MonkeyPatch):
    """A machine that reports an accelerator."""
    places = {"cpu": torch.device("cpu"), "cuda": torch.device("cuda", 0)}
    monkeypatch.setattr(course, "best_device", lambda name: torch.device("cuda"))
    monkeypatch.setattr(course, "usable_device", lambda name, flag: places[name])
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda place: f"GPU {place.index}")


def test_the_cpu_and_the_accelerator_are_the_default(accelerator):
    places = course._places(None)
    assert places == [torch.device("cpu"), torch.device("cuda", 0)]
    assert course._places(["cuda"]) == places[1:]
    machine = describe_machine(places)
    assert (machine["cuda:0"], "cpu" in machine) == (
        "GPU 0",
        False,
    )  # the CPU is listed as "processor"


def test_without_an_accelerator_the_cpu_is_the_default(monkeypatch):
    monkeypatch.setattr(course, "best_device", lambda name: torch.device("cpu"))
    assert course._places(None) == [torch.device("cpu")]


@pytest.mark.parametrize("devices", [None, ["cpu", "cuda"], ["cuda"]])
def test_the_processor_clock_requires_the_cpu(accelerator, tmp_path, devices):
    settings = {**SMALL, "clock": "processor", "devices": devices, "output": str(tmp_path)}
    with pytest.raises(ValueError, match=r"--clock processor .* --devices cpu"):
        benchmark(**settings)


def test_the_backend_is_that_of_every_comparison(monkeypatch, tmp_path):
    found: list[str] = []

    def compare(*args: object) -> None:
        found.append(selected_backend())
        raise InterruptedError

    monkeypatch.setattr(course, "compare_contestants", compare)
    for name in get_args(Backend):
        with pytest.raises(InterruptedError):
            benchmark(**SMALL, backend=name, output=str(tmp_path / name))
    assert tuple(found) == get_args(BackendName)
    assert selected_backend() == "auto"


def test_other_engines_are_checked_and_timed_beside_ours(monkeypatch, tmp_path):
    def torch_itself(network: torch.nn.Module, images: torch.Tensor, precision: str):
        return lambda: network(images).detach()

    def wrong(network: torch.nn.Module, images: torch.Tensor, precision: str):
        return lambda: network(images).detach() * 1.001

    monkeypatch.setattr(
        choosing_engines, "ENGINES", {"onnxruntime": torch_itself, "openvino": wrong}
    )
    settings = {**SMALL, "against": [], "subjects": ["model"], "engines": get_args(EngineName)}
    settings |= {"work": ["inference"], "image_sizes": [32], "output": str(tmp_path)}
    result = benchmark(**settings)
    ours, _, first, second, *_ = result.comparisons[0].rows
    assert (first.name, first.kind) == ("cyclemlp_nano onnxruntime", "engine")
    assert (first.refused, first.peak_mib) == (None, None)
    assert first.ms_per_image is not None
    assert ours.ms_per_image is not None
    assert first.ratio == pytest.approx(first.ms_per_image / ours.ms_per_image)
    assert "differs from its reference" in str(second.refused)
    assert result.settings["engines"] == list(get_args(EngineName))


def test_an_engine_that_is_not_installed_is_named_before_anything_is_timed(monkeypatch, tmp_path):
    monkeypatch.setattr(choosing_engines, "find_spec", lambda name: None)
    message = (
        r"--engines openvino needs onnx, onnxscript, openvino: pip install 'cyclemlp\[export\]'"
    )
    with pytest.raises(ImportError, match=message):
        benchmark(**SMALL, engines=["openvino"], output=str(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_missing_device_is_refused_before_anything_is_timed(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(course, "compare", lambda *args: pytest.fail("compared"))
    words = ["benchmark", "--devices", "cpu", "cuda:99", "--output", str(tmp_path / "new")]
    assert main(words) == 2
    assert "--devices cuda:99: torch cannot compute there" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.gpu
def test_an_operator_is_compared_on_the_cpu_and_the_gpu(tmp_path):
    settings = {**SMALL, "subjects": ["operator"], "devices": None, "output": str(tmp_path)}
    result = benchmark(**settings, image_sizes=[64])
    assert {c.scenario.device for c in result.comparisons} == {"cpu", "cuda:0"}
    for comparison in result.comparisons:
        assert not [row.refused for row in comparison.rows if row.refused]
        assert all(row.peak_mib for row in comparison.rows)


def test_batch_sizes_have_a_picture(tmp_path):
    settings = {**SMALL, "subjects": ["model"], "work": ["inference"], "batch_sizes": [1, 2]}
    result = benchmark(**settings, image_sizes=[64], output=str(tmp_path))
    names = {"benchmark.json", "speed.png", "speed.svg", "batch.png", "batch.svg"}
    assert {Path(file).name for file in result.files} == names
    picture = (tmp_path / "batch.svg").read_text(encoding="utf-8")
    assert all(row.name in picture for row in result.comparisons[0].rows)


def test_a_model_that_does_not_take_a_size_is_listed_with_the_reason(tmp_path):
    settings = {**SMALL, "against": ["levit_128"], "subjects": ["model"], "work": ["inference"]}
    result = benchmark(**settings, image_sizes=["65"], output=str(tmp_path))
    ours, *_, levit = result.comparisons[0].rows
    assert ours.refused is None
    assert "does not run" in str(levit.refused)
    assert levit.gmacs is None


def test_measurements_are_kept_if_a_later_step_fails(tmp_path, monkeypatch):
    def fails(*args: object) -> None:
        raise RuntimeError("no loader")

    monkeypatch.setattr("cyclemlp.benchmarking.run.measure_loading", fails)
    settings = {**SMALL, "subjects": ["model", "loader"], "work": ["inference"]}
    with pytest.raises(RuntimeError, match="no loader"):
        benchmark(**settings, image_sizes=[64], output=str(tmp_path))
    written = json.loads((tmp_path / "benchmark.json").read_text(encoding="utf-8"))
    assert written["comparisons"][0]["rows"][0]["ms_per_image"] > 0


def test_the_command_shows_progress_and_the_table(capsys, tmp_path):
    words = ["benchmark", "--models", "cyclemlp_nano", "--against", "resnet10t"]
    words += ["--subjects", "model", "--work", "inference", "--precisions", "float32"]
    words += ["--paths", "eager", "--image-sizes", "64", "--batch-sizes", "1", "--seconds", "0"]
    words += ["--devices", "cpu"]
    assert main([*words, "--threads", "1", "--output", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "[1/1] model inference float32 eager, 1 x 64x64 on cpu" in err
    assert "share of product" in out
    assert str(tmp_path / "benchmark.json") in out
    assert main([*words, "--output", str(tmp_path)]) == 2
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
        ({"devices": ["cpu", "abacus"]}, "--devices abacus: torch cannot compute there"),
        ({"devices": ["meta"]}, "--devices meta: torch cannot compute there"),
    ],
)
def test_a_message_names_the_wrong_argument(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        benchmark(**{**SMALL, "subjects": ["model"], "output": str(tmp_path), **changes})


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_compiled_networks_agree_and_are_timed(tmp_path):
    settings = {**SMALL, "subjects": ["model"], "paths": ["compiled"], "precisions": ["bfloat16"]}
    settings["against"] = ["test_convnext"]  # without batch norm, which is inexact in bfloat16
    result = cyclemlp.benchmark(**settings, image_sizes=["64"], output=str(tmp_path))
    for comparison in result.comparisons:
        assert not [row.refused for row in comparison.rows if row.refused]
