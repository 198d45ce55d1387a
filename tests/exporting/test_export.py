"""The verb ``export``, from a bundle to files that predict the same."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import get_args

import numpy as np
import onnx
import pytest
import torch
from openvino import Core
from PIL import Image

import cyclemlp
from cyclemlp import runtime
from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.loading import load
from cyclemlp.data.generated.scenes import write_scenes
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.exporting import run
from cyclemlp.exporting.calibration import open_calibration
from cyclemlp.exporting.check import Checker
from cyclemlp.exporting.formats import choosing
from cyclemlp.exporting.formats.onnx_file import ONNX
from cyclemlp.exporting.graph import traced
from cyclemlp.exporting.heads import exportable
from cyclemlp.exporting.part import AXES
from cyclemlp.exporting.quantizing import quantized
from cyclemlp.ops.releases import TRACES_STATE
from cyclemlp.runtime.command import main
from cyclemlp.runtime.engines.choosing import ENGINES
from cyclemlp.tasks import create_task
from cyclemlp.verbs.evaluate import evaluate
from cyclemlp.verbs.export import FormatName, export
from cyclemlp.verbs.predict import predict

# A fresh interpreter in which torch and everything on it cannot be imported.
BLOCKED = """
import sys
for name in ("torch", "torchvision", "timm", "safetensors", "huggingface_hub", "rich"):
    sys.modules[name] = None
from cyclemlp import runtime
print(runtime.load(sys.argv[1])(sys.argv[2]).to_dict())
"""


@pytest.fixture(scope="module")
def garden(tmp_path_factory):
    """Labelled images of the bundle's classes."""
    root = tmp_path_factory.mktemp("garden")
    drawn = np.random.default_rng(0)
    for number in range(18):
        folder = root / ("val", "train")[number // 9] / ("ant", "bee", "cat")[number % 3]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = drawn.integers(0, 256, (50, 40 + 5 * number, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def picture(garden):
    return str(garden / "val" / "bee" / "4.png")


@pytest.fixture
def copy(exported, tmp_path):
    return shutil.copytree(exported.output, tmp_path / "copy")


def same(one, other):
    assert one["label"] == other["label"]
    for a, b in zip(one["top"], other["top"], strict=True):
        assert a["probability"] == pytest.approx(b["probability"], abs=1e-5)


def test_each_format_is_compared_with_torch_and_the_figures_are_stored(exported):
    content = json.loads((exported.output / "config.json").read_text())
    assert list(content["export"]["formats"]) == ["onnx", "openvino"]
    for name, one in exported.formats.items():
        assert one.check.difference < 1e-5
        assert one.check.agreement == {"top1": 1.0}
        assert len(one.check.inputs) == 6
        assert content["export"]["formats"][name] == json.loads(json.dumps(one.to_dict()))
    assert {"torch", "onnxruntime", "openvino"} <= set(content["versions"])
    assert content["preprocessing"]["image_size"] == [48, 48]


def test_the_files_hold_their_own_description(exported):
    text = (exported.output / "config.json").read_text()
    model = onnx.load(exported.output / "model.onnx")
    assert {one.key: one.value for one in model.metadata_props}["cyclemlp"] == text
    assert {one.domain for one in model.opset_import} == {""}  # standard operators only
    assert not any(node.metadata_props or node.doc_string for node in model.graph.node)
    axes = model.graph.input[0].type.tensor_type.shape.dim
    assert [one.dim_param or one.dim_value for one in axes] == ["batch", 3, "height", "width"]
    described = Core().read_model(exported.output / "model.xml").get_rt_info("cyclemlp")
    assert json.loads(described.astype(str)) == json.loads(text)


@pytest.mark.parametrize("format", ["onnx", "openvino"])
def test_the_runtime_predicts_the_same(exported, bundle_folder, picture, format):
    predictor = runtime.load(exported.output, format)
    expected = load(bundle_folder, image_size=48)(picture).to_dict()
    same(predictor(picture).to_dict(), expected)
    assert predictor.classes == ("ant", "bee", "cat")
    array = np.asarray(Image.open(picture))
    pair = predictor([picture, array])
    same(pair[1].to_dict(), pair[0].to_dict())
    assert len(runtime.load(exported.output, format, top_k=1)(picture).to_dict()["top"]) == 1


def test_the_runtime_needs_no_torch(exported, picture):
    command = [sys.executable, "-c", BLOCKED, str(exported.output), picture]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("{'label':")


def test_the_one_file_runner_predicts_without_this_library(exported, picture, tmp_path):
    # -I ignores PYTHONPATH, and the archive comes first on the path of an application
    command = [sys.executable, str(exported.runner), picture, "--draw", str(tmp_path / "drawn")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    line = json.loads(done.stdout)
    same(line["prediction"], runtime.load(exported.output)(picture).to_dict())
    assert Image.open(line["drawn"]).width >= 40
    (tmp_path / "empty").mkdir()
    wrong = [*command[:2], "no.png", "empty"]
    failed = subprocess.run(wrong, capture_output=True, text=True, cwd=tmp_path)
    assert failed.returncode == 2
    assert "no such file" in failed.stdout
    assert "empty: no image is in this folder" in failed.stdout


@pytest.mark.skipif(not TRACES_STATE, reason="torch 2.11 cannot bound the sizes of such a graph")
def test_norms_of_one_channel_a_group_need_a_coarsest_map_of_two_cells():
    narrow = {"decoder_pyramid_channels": 32, "decoder_segmentation_channels": 32}
    task = create_task("segment", ("sky", "road"), (), {"decoder_args": narrow})
    network = task.build("cyclemlp_nano", dims=(8, 16, 16, 24), depths=(1, 1, 1, 1)).eval()
    content = exportable(network, task, (48, 48), list(AXES))
    (part,) = content.parts.values()
    graph = traced(part).program.module()
    images = torch.randn(1, 3, content.minimum, content.minimum)
    with torch.no_grad():
        torch.testing.assert_close(graph(images), network(images), rtol=1e-4, atol=1e-4)
        with pytest.raises(ValueError, match="more than 1 value per channel"):
            network(images[..., 1:, 1:])


def test_int8_versions_have_the_metric_before_and_after(
    exported, bundle_folder, garden, tmp_path, capfd
):
    """Made from the export's own files, because writing them takes seconds."""
    before = logging.getLogger().handlers[:], logging.getLogger().level
    bundle = Bundle.from_pretrained(bundle_folder)
    content = exportable(bundle.network, bundle.task(), (48, 48), list(AXES))
    calibration = open_calibration(bundle.task(), bundle.config.preprocessing, str(garden))
    for name in ("model.onnx", "model.xml", "model.bin"):
        shutil.copy(exported.output / name, tmp_path)
    checker = Checker.of(bundle, content, list(AXES))
    quantizers = choosing.chosen_quantizers(["openvino", "torch", "onnx"])
    done = quantized(bundle, content, checker, tmp_path, calibration, quantizers)
    assert list(done) == ["onnx-int8", "openvino-int8"]
    for name, made in done.items():
        assert name in ENGINES
        assert made.metric is not None
        assert made.metric.images == 9
        assert made.metric.after == pytest.approx(made.metric.before, abs=0.25)
        assert 1e-4 < made.check.difference < 0.3
        assert made.bytes < 0.6 * exported.formats[name.removesuffix("-int8")].bytes
        assert "before and" in str(made.metric)
        assert "WARNING" in str(replace(made.metric, before=0.9, after=0.8))
    assert (logging.getLogger().handlers, logging.getLogger().level) == before
    assert "INFO:nncf" not in capfd.readouterr().out


def test_a_data_set_without_splits_calibrates_without_a_metric(garden, capsys):
    task = create_task("classify", ("ant", "bee", "cat"))
    calibration = open_calibration(task, Preprocessing((32, 32)), str(garden / "val"))
    assert calibration.labelled is None
    assert len([*calibration.inputs()]) == 9
    assert capsys.readouterr().err.endswith("val has no split 'val': no metric\n")


def test_images_without_labels_calibrate_too(garden, tmp_path, capsys):
    task = create_task("classify", ("ant", "bee", "cat"))
    images = str(garden / "val" / "bee")
    calibration = open_calibration(task, Preprocessing((32, 32)), images)
    assert calibration.labelled is None
    assert [one.shape for one in calibration.inputs()] == [(1, 3, 32, 32)] * 3
    assert capsys.readouterr().err.endswith("bee has no labels for classify: no metric\n")
    with pytest.raises(FileNotFoundError, match="--calibrate /no/where is not a folder"):
        open_calibration(task, Preprocessing((32, 32)), "/no/where")
    with pytest.raises(FileNotFoundError, match="has no images; give a data set of the network's"):
        open_calibration(task, Preprocessing((32, 32)), str(tmp_path))


def test_masks_are_not_taken_for_images(tmp_path):
    write_scenes(tmp_path, train=1, val=1)
    task = create_task("classify", ("ant", "bee", "cat"))
    with pytest.raises(ValueError, match=r"a data set for segment, whose masks .* for classify"):
        open_calibration(task, Preprocessing((32, 32)), str(tmp_path))


def test_evaluate_and_predict_run_an_export(exported, bundle_folder, garden, picture, tmp_path):
    data, file = str(garden), str(exported.output / "model.xml")
    settings = {"workers": 0, "device": "cpu"}
    ours = evaluate(str(bundle_folder), data, image_size=48, output=str(tmp_path / "a"), **settings)
    theirs = evaluate(file, data, output=str(tmp_path / "b"), **settings)
    figures = theirs.sizes["48x48"].figures
    assert figures == pytest.approx(ours.sizes["48x48"].figures, abs=1e-4)
    result = predict(str(exported.output), [picture], str(tmp_path / "c"), **settings)
    (line,) = (result.output / "predictions.jsonl").read_text().splitlines()
    same(
        json.loads(line)["prediction"],
        cyclemlp.load(bundle_folder, image_size=48)(picture).to_dict(),
    )


def test_a_file_that_differs_is_refused_with_the_numbers(
    exported, bundle_folder, tmp_path, monkeypatch
):
    """The export's own file is copied, because writing one takes seconds."""
    written = exported.output / "model.onnx"
    copying = replace(ONNX, write=lambda graph, file, opset: shutil.copy(written, file))
    monkeypatch.setattr(choosing, "chosen_formats", lambda names: {"onnx": copying})
    monkeypatch.setattr(run, "traced", lambda part: None)
    monkeypatch.setattr(run, "TOLERANCE", 0.0)
    with pytest.raises(ValueError, match=r"format onnx differs from PyTorch by .* top1 1\.0000"):
        export(str(bundle_folder), output=str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": [31]}, "--size is a side, or height and width, of at least 32 pixels.*got 31"),
        ({"size": [64, 64, 64]}, "--size is a side"),
        ({"opset": 9}, "--opset must be 18 to 25, got 9"),
        ({"int8": True}, "--int8 and --calibrate belong together"),
        (
            {"int8": True, "calibrate": ".", "format": ["torch"]},
            "add one of them to --format torch",
        ),
        ({"format": []}, "--format needs at least one"),
        ({"format": ["onnx", "coreml"]}, "--format coreml is unknown; the formats are: onnx, open"),
    ],
)
def test_settings_are_checked_first(bundle_folder, tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        export(str(bundle_folder), output=str(tmp_path / "out"), **settings)
    assert not (tmp_path / "out").exists()


def test_a_bundle_is_not_overwritten(bundle_folder):
    with pytest.raises(ValueError, match=r"holds a config\.json that is not an export's"):
        export(str(bundle_folder), output=str(bundle_folder), overwrite=True)


def test_a_run_stays_a_run(bundle_folder, tmp_path):
    shutil.copytree(bundle_folder, tmp_path / "bundle")
    with pytest.raises(ValueError, match="is a training run's folder, and the export would"):
        export(str(tmp_path), output=str(tmp_path))


def test_an_export_is_not_exported_again(exported):
    with pytest.raises(ValueError, match="is an export already"):
        export(str(exported.output))
    with pytest.raises(ValueError, match="is an export already"):
        export(str(exported.output / "model.onnx"))


def test_the_formats_of_the_flag_are_those_that_exist():
    assert get_args(FormatName) == tuple(choosing.FORMATS)


def test_settings_that_do_not_suit_the_task_are_refused(tmp_path):
    task = create_task("segment", ("sky", "road"), (), {"decoder_args": {}})
    images = Preprocessing((64, 64))
    bundle = Bundle.from_task(torch.nn.Conv2d(3, 2, 1), task, "none", images)
    with pytest.raises(ValueError, match=r"keep their aspect ratio.*add height and width to --dyn"):
        run.export_bundle(bundle, {}, tmp_path, ["batch"], None, None, print)


def test_a_missing_compiler_is_told_before_the_work(bundle_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", (None, "/no/compiler"))
    with pytest.raises(OSError, match=r"--format aoti needs a C\+\+ compiler.*apt install g\+\+"):
        export(str(bundle_folder), ["aoti"], str(tmp_path / "out"))


def test_a_missing_library_is_named(bundle_folder, monkeypatch):
    monkeypatch.setattr(choosing, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"--format onnx needs onnx, .*cyclemlp\[export\]"):
        export(str(bundle_folder))
    with pytest.raises(
        ImportError, match="--int8 with --format openvino needs openvino, nncf: pip"
    ):
        choosing.chosen_quantizers(["openvino"])


@pytest.mark.parametrize(("format", "file"), [("onnx", "model.onnx"), ("openvino", "model.xml")])
def test_a_damaged_file_is_named(copy, format, file):
    (copy / file).write_bytes(b"nothing")
    with pytest.raises(ValueError, match=rf"{file} is damaged or no .*export it again") as error:
        runtime.load(copy, format)
    assert "Exception from" not in str(error.value)
    (copy / file).unlink()
    with pytest.raises(FileNotFoundError, match=rf"{file} is missing; export"):
        runtime.load(copy, format)


EDITS = {
    "one class less": (("classes",), ["ant", "bee"], "is for 3 classes, and config.json names 2"),
    "one class more": (
        ("classes",),
        ["a", "b", "c", "d"],
        "is for 3 classes, and config.json names 4",
    ),
    "an axis that is fixed": (("export", "formats", "onnx", "file"), "fixed.onnx", "does not take"),
    "no first part": (("export", "parts"), [], "is damaged, or another version"),
    "settings": (("export", "settings"), ["top_k"], "is damaged, or another version"),
    "a size": (("preprocessing", "image_size"), [48], "config.json"),
    "colors": (("colors",), [[1, 2]], "config.json"),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("load", [runtime.load, cyclemlp.load])
def test_an_edited_description_is_explained(copy, picture, edit, load):
    model = onnx.load(copy / "model.onnx")
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 7
    onnx.save(model, copy / "fixed.onnx")
    (*way, last), value, message = EDITS[edit]
    content = place = json.loads((copy / "config.json").read_text())
    for key in way:
        place = place[key]
    place[last] = value
    (copy / "config.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=message):
        load(copy)(picture)


def test_wrong_flags_of_the_one_file_runner_are_explained(picture, capsys):
    for flag, value, reason in (
        ("--threads", "0", "must be a whole number of at least 1, got 0"),
        ("--draw", picture, "is a file; give a folder"),
    ):
        with pytest.raises(SystemExit, match="2"):
            main([picture, flag, value])
        assert reason in capsys.readouterr().err


def test_other_mistakes_with_exports_are_explained(copy, bundle_folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no exported network"):
        runtime.load(tmp_path)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "config.json").write_text('{"export": {}, "task": "classify"}')
    with pytest.raises(ValueError, match=r"config\.json is damaged, or another version.*'classes'"):
        runtime.load(tmp_path / "old")
    for right, wrong in (
        ('"task": "classify"', '"task": "taste"'),
        ('"minimum": 32', '"minimum": "a"'),
    ):
        text = (copy / "config.json").read_text()
        assert right in text
        (tmp_path / "old" / "config.json").write_text(text.replace(right, wrong))
        shutil.copy(copy / "model.onnx", tmp_path / "old")
        with pytest.raises(ValueError, match=r"config\.json is damaged, or another version"):
            runtime.load(tmp_path / "old")
        with pytest.raises(ValueError, match=r"config\.json(: there is no task| is damaged)"):
            cyclemlp.load(tmp_path / "old")
    with pytest.raises(FileNotFoundError, match="there is no exported network at"):
        runtime.load(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"config\.json is not an exported network's"):
        runtime.load(bundle_folder)
    with pytest.raises(ValueError, match=r"is not among the exported files.*model\.onnx"):
        cyclemlp.load(copy / "predict.pyz")
    with pytest.raises(ValueError, match="no format 'aoti' here"):
        runtime.load(copy, "aoti")
    with pytest.raises(ValueError, match="no setting 'topk' of classify; the settings are: top_k"):
        runtime.load(copy, topk=3)
    with pytest.raises(ValueError, match=r"does not take 16 × 16 images.*at least 32 pixels"):
        cyclemlp.load(copy, image_size=16)
