"""Bundles and exported networks as models of the service, mixed."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from cyclemlp.bundle import files
from cyclemlp.bundle.exported import ExportedNetwork
from cyclemlp.models.block import Block
from cyclemlp.serving.bundles import load_bundle
from cyclemlp.serving.explaining import Explains

from ..bundle.bundles import make_bundle
from .page.small import untrained
from .served import picture, post, served


@pytest.fixture
def exported(tmp_path, monkeypatch):
    """Write a folder like those of export, and let torch stand in for its engine."""
    bundle = make_bundle()

    def write(dynamic):
        export = {"settings": {}, "minimum": 32, "dynamic": dynamic, "parts": ["network"]}
        export["formats"] = {"onnx": {"file": "model.onnx"}}
        content = json.loads(bundle.config.to_json()) | {"export": export}
        (tmp_path / "config.json").write_text(json.dumps(content))
        return tmp_path

    def engine(*inputs):
        (images,) = inputs
        with torch.inference_mode():
            return [bundle.network(torch.from_numpy(images)).numpy()]

    monkeypatch.setattr(files, "exported_network", lambda place: ExportedNetwork(engine))
    return write


def test_an_exported_network_answers_beside_a_bundle_as_the_bundle_does(exported, tmp_path):
    folder = exported(["batch", "height", "width"])
    make_bundle().save_pretrained(tmp_path / "original")
    one, other = (load_bundle(p.name, p, "cpu", 2) for p in (tmp_path / "original", folder))
    assert isinstance(one, Explains)
    assert not isinstance(other, Explains), "an exported network has no feature maps"
    with served(one, other) as client:
        listed = {m["name"]: m["feature_maps"] for m in client.get("/v1/models").json()["models"]}
        assert listed == {one.name: True, other.name: False}
        answers = [post(client, picture((80, 70)), model=m.name).json() for m in (one, other)]
    first, second = (answer["prediction"] for answer in answers)
    assert first["label"] == second["label"]
    assert first["probability"] == pytest.approx(second["probability"], abs=1e-5)


def test_a_network_of_one_size_takes_no_setting_of_the_size(exported, monkeypatch):
    every = frozenset({"top_k", "window", "scales"})
    monkeypatch.setattr("cyclemlp.serving.bundles._settings", lambda task: every)
    for dynamic, settings in (["batch"], {"top_k"}), (["batch", "height", "width"], every):
        assert load_bundle("a", exported(dynamic), "cpu", 2).settings == settings


def test_settings_cost_neither_a_new_predictor_nor_packing_again():
    network = untrained("classify")
    blocks = [m for m in network.predictor({}).network.modules() if type(m) is Block]
    plans = [vars(block)["plan"] for block in blocks]
    changed = network.predictor({"top_k": 1})
    assert changed is network.predictor({"top_k": 1})
    assert [vars(block)["plan"] for block in blocks] == plans
    image = Image.fromarray(np.zeros((64, 64, 3), np.uint8))
    assert len(changed(image).to_dict()["top"]) == 1


def test_classifiers_and_segmenters_compute_several_batches_at_once_and_detectors_do_not():
    """Detectors hold the limits of one prediction."""
    tasks = {"classify": True, "segment": True, "instance": False}
    assert {task: untrained(task).parallel for task in tasks} == tasks
