"""``explain``: every task, from files to pictures, maps and JSON."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from captum.attr import LayerGradientXActivation
from PIL import Image
from rich.console import Console

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.loading import load
from cyclemlp.console.memory import NotEnoughMemoryError
from cyclemlp.data.generated.drawing import draw_scene
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.explaining import run
from cyclemlp.tasks import create_task
from cyclemlp.verbs.explain import _places, explain

CLASSES = ("ant", "bee", "cat")
_ANY_SCORE = {"score_threshold": 0.0, "channels": 32}
_FEW = {"min_score": 0.0, "max_objects": 3}  # not stored in a bundle


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("explain")
    Image.fromarray(draw_scene((60, 90), (3, 1)).pixels).save(root / "scene.png")
    (root / "broken.png").write_bytes(b"no picture")
    for task, settings in (
        ("classify", {}),
        ("segment", {}),
        ("detect", _ANY_SCORE),
        ("instance", _ANY_SCORE),
    ):
        torch.manual_seed(1)
        made = create_task(task, CLASSES, (), dict(settings))
        network = made.build("test_resnet").eval()
        bundle = Bundle.from_task(network, made, "test_resnet", Preprocessing((64, 64)))
        bundle.save_pretrained(root / task)
    return root


def _explain(folder, task, *names, **settings):
    files = [str(folder / name) for name in names or ("scene.png",)]
    if task in ("detect", "instance"):
        settings["task_args"] = _FEW | settings.get("task_args", {})
    return explain(str(folder / task), files, device="cpu", **settings)


@pytest.mark.parametrize("task", ["classify", "segment", "detect", "instance"])
def test_every_task_is_explained(folder, tmp_path, task):
    result = _explain(folder, task, output=str(tmp_path), most=2)
    (row,) = map(json.loads, (tmp_path / "explanations.jsonl").read_text().splitlines())
    assert row == result.rows[0]
    assert 1 <= len(row["explained"]) <= 2
    height, width = row["size"]
    with np.load(tmp_path / row["maps"]) as maps:
        assert len(maps) == len(row["explained"])
        for one, heat in zip(row["explained"], maps.values(), strict=True):
            assert heat.shape == (height, width)
            assert 0 <= heat.min() <= heat.max() <= 1
            column, line = one["peak"] or (0, 0)
            assert heat[line, column] == heat.max()
            assert one["label"] in CLASSES
            assert task == "classify" or one["peak"] is None or 0 <= one["inside"] <= 1
    with Image.open(tmp_path / row["drawn"]) as drawn:
        assert drawn.width > 2 * 160


def test_chosen_classes_are_explained_whatever_is_predicted(folder, tmp_path):
    for task in ("classify", "segment"):
        output = str(tmp_path / task)
        rows = _explain(folder, task, output=output, classes=["cat", "ant"], most=1).rows
        assert [one["label"] for one in rows[0]["explained"]] == ["cat", "ant"]
    rows = _explain(folder, "detect", output=str(tmp_path / "d"), classes=["bee"], most=9).rows
    assert {one["label"] for one in rows[0]["explained"]} <= {"bee"}


def test_a_stage_or_a_layer_is_chosen(folder, tmp_path):
    for number, (settings, layer) in enumerate(
        (({"stage": 2}, "layer1"), ({"layer": "layer2.0"}, "layer2.0"), ({}, "layer3"))
    ):
        result = _explain(folder, "classify", output=str(tmp_path / str(number)), **settings)
        assert result.layers == (layer,)


def test_an_unusable_file_is_reported_and_the_others_are_explained(folder, tmp_path):
    result = _explain(folder, "classify", "broken.png", "scene.png", output=str(tmp_path))
    assert "broken.png" in result.rows[0]["error"]
    assert result.rows[1]["explained"]
    console = Console(width=100)
    with console.capture() as shown:
        console.print(result)
    assert "1 of 2 images explained at layer3" in shown.get()


def test_an_interrupted_call_continues_with_what_is_missing(folder, tmp_path, monkeypatch):
    out, seen, read = tmp_path / "out", [], run.read_picture

    def interrupted(file, channels):
        seen.append(file.rsplit("/", 1)[-1])
        if len(seen) == 3:
            raise KeyboardInterrupt
        return read(file, channels)

    for name in ("a.png", "b.png"):
        (folder / name).write_bytes((folder / "scene.png").read_bytes())
    names = ("broken.png", "scene.png", "a.png", "b.png")
    monkeypatch.setattr(run, "read_picture", interrupted)
    with pytest.raises(KeyboardInterrupt, match=r"to continue, repeat.* --resume"):
        _explain(folder, "classify", *names, output=str(out))
    with pytest.raises(ValueError, match="most"):
        _explain(folder, "classify", *names, output=str(out), resume=True, most=1)
    seen[:] = [""] * 3
    result = _explain(folder, "classify", *names, output=str(out), resume=True)
    assert seen[3:] == ["broken.png", "a.png", "b.png"]  # a broken file is tried again
    rows = [json.loads(line) for line in (out / "explanations.jsonl").read_text().splitlines()]
    assert rows == list(result.rows)
    assert [row["file"].rsplit("/", 1)[-1] for row in rows] == ["scene.png", *seen[3:]]
    with pytest.raises(ValueError, match="give it with --output"):
        _explain(folder, "classify", resume=True)


def test_an_image_without_objects_says_so(folder, tmp_path):
    result = _explain(folder, "detect", output=str(tmp_path), task_args={"score_threshold": 1.0})
    assert result.rows[0]["explained"] == []
    assert (tmp_path / "drawn" / "scene.png").is_file()


@pytest.mark.parametrize(
    ("task", "settings", "message"),
    [
        ("classify", {"classes": ["bea"]}, "no class 'bea'; it has bee"),
        ("classify", {"stage": 9}, "--stage is a number from 1"),
        ("classify", {"stage": 1, "layer": "x"}, "--stage 1 or --layer x, not both"),
        ("classify", {"most": 0}, "--most must be at least 1"),
        ("segment", {"task_args": {"window": 64}}, "window was given; leave it out"),
    ],
)
def test_what_cannot_be_explained_is_one_sentence(folder, tmp_path, task, settings, message):
    with pytest.raises(ValueError, match=message):
        _explain(folder, task, output=str(tmp_path), **settings)


def test_videos_and_earlier_results_are_refused(folder, tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"")
    with pytest.raises(ValueError, match=r"a\.mp4 is a video, and explain takes images"):
        explain(str(folder / "classify"), [str(tmp_path / "a.mp4")])
    (tmp_path / "explanations.jsonl").write_text("{}")
    with pytest.raises(FileExistsError, match="give another --output, or --overwrite"):
        _explain(folder, "classify", output=str(tmp_path))


def test_too_little_memory_is_one_sentence(folder, tmp_path, monkeypatch):
    def fail(*args):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9")

    monkeypatch.setattr(LayerGradientXActivation, "attribute", fail)
    with pytest.raises(NotEnoughMemoryError, match=r"--device cpu.* Use a smaller --image-size"):
        _explain(folder, "classify", output=str(tmp_path))


def test_a_network_of_two_maps_is_explained_at_the_finest(folder):
    predictor = load(folder / "segment", device="cpu")
    backbone: Any = predictor.task.backbone(predictor.network)
    info = backbone.feature_info.get_dicts()[:2]
    backbone.feature_info = info
    assert [place.channels for place in _places(predictor, None, None)] == [info[0]["num_chs"]]
