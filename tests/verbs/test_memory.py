"""Without memory, evaluation and prediction say what helps, and keep what is finished."""

import json
import re

import pytest
import torch
from PIL import Image

from cyclemlp.bundle.evaluation import scoring
from cyclemlp.bundle.input_size import check_size
from cyclemlp.bundle.memory import advising_on_inference
from cyclemlp.bundle.predictor import Predictor
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks import create_task
from cyclemlp.verbs.evaluate import evaluate
from cyclemlp.verbs.predict import predict

from ..bundle.bundles import CLASSES, make_bundle

OUT_OF_MEMORY = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 …")


@pytest.fixture
def data(tmp_path):
    for name in CLASSES:
        folder = tmp_path / "data" / "val" / name
        folder.mkdir(parents=True)
        Image.new("RGB", (40, 40)).save(folder / "a.png")
    return tmp_path / "data"


def failing_at(call, function):
    """Return the function, which fails at its n-th call."""
    calls = iter(range(1, 100))

    def called(*args):
        if next(calls) == call:
            raise OUT_OF_MEMORY
        return function(*args)

    return called


def test_evaluate_keeps_the_sizes_that_are_scored(bundle, data, tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "score", failing_at(2, scoring.score))
    out = tmp_path / "out"
    with pytest.raises(ValueError, match="does not suffice for --batch-size 6 at 64 ×") as caught:
        evaluate(bundle, str(data), "val", [48, 64], str(out), batch_size=6, workers=0)
    for part in ("2.00 GiB could not", "--batch-size 3", "smaller --image-size", "--workers 0"):
        assert part in str(caught.value)
    assert f"The scores at 48x48 are kept in {out / 'metrics.json'}" in str(caught.value)
    assert list(json.loads((out / "metrics.json").read_text())["sizes"]) == ["48x48"]


def test_predict_keeps_what_is_finished_and_goes_on(bundle, data, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(Predictor, "predict", failing_at(2, Predictor.predict))
        with pytest.raises(ValueError, match=r"Use --batch-size 1, a smaller --image-s") as caught:
            predict(bundle, [str(data)], str(out), batch_size=2, workers=0)
    assert f"to continue, add --output {out} --resume" in str(caught.value)
    assert len((out / "predictions.jsonl").read_text().splitlines()) == 2
    result = predict(bundle, [str(data)], str(out), resume=True, batch_size=1, workers=0)
    assert (result.files, result.failed) == (3, 0)


@pytest.mark.parametrize(
    ("task", "batch", "device", "advice"),
    [
        ("classify", 4, "cpu", "--batch-size 2, a smaller --image-size, or --workers 0 (fewer "),
        ("classify", 1, "cuda", "a smaller --image-size, or --device cpu (slower)"),
        ("detect", 1, "cuda", "--window 512, a smaller --image-size, or --device cpu (slower)"),
        ("segment, window", 1, "cuda", "a smaller --window, or --device cpu (slower)"),
    ],
)
def test_only_flags_of_the_task_are_advised(task, batch, device, advice):
    name, _, window = task.partition(", ")
    asked = create_task(name, CLASSES, settings={"window": 64} if window else {})
    used = Preprocessing((64, 64))
    with (
        pytest.raises(ValueError, match=rf"could not be allocated\)\. Use {re.escape(advice)}"),
        advising_on_inference(asked, used, torch.device(device), batch, str),
    ):
        raise OUT_OF_MEMORY


def test_a_size_that_does_not_fit_is_refused_at_the_start(monkeypatch):
    network = make_bundle().network
    monkeypatch.setattr(network, "forward", failing_at(1, network.forward))
    with pytest.raises(ValueError, match=r"one image of 96 × 96 px .*smaller --image-size"):
        check_size(network, (96, 96))
