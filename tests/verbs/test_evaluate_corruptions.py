"""``evaluate --corruptions``: errors, files, going on, and a baseline."""

import csv
import json
from typing import Any

import pytest
from PIL import Image
from rich.console import Console

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.evaluation.robustness import measuring as module
from cyclemlp.bundle.evaluation.robustness.errors import Errors, Robustness
from cyclemlp.data.generated.drawing import draw_scene
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks import create_task
from cyclemlp.verbs.evaluate import evaluate

from ..bundle.bundles import CLASSES, make_bundle


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    for label, name in enumerate(CLASSES):
        (root / "val" / name).mkdir(parents=True)
        Image.fromarray(draw_scene((64, 64), (label, 0)).pixels).save(root / "val" / name / "0.png")
    return str(root)


def _evaluate(bundle, data, output, **changed):
    asked: dict[str, Any] = {
        "corruptions": ["contrast", "saturate"],
        "severities": [1, 5],
        "workers": 0,
    }
    result: Any = evaluate(bundle, data, output=str(output), **asked | changed)
    return result


def test_errors_are_written_shown_and_drawn(bundle, data, tmp_path):
    result = _evaluate(bundle, data, tmp_path / "out")
    robustness = result.corruptions
    assert list(robustness.errors.cells) == [
        *(("contrast", 1), ("contrast", 5), ("saturate", 1), ("saturate", 5))
    ]
    assert robustness.errors.counted == ["contrast"]  # saturate is an extra one
    content = json.loads((tmp_path / "out" / "metrics.json").read_text())["corruptions"]
    assert content["metric"] == "top-1 error"
    assert content["mean_error"] == pytest.approx(robustness.errors.mean("contrast"))
    with (tmp_path / "out" / "corruptions.csv").open() as file:
        assert [row["severity"] for row in csv.DictReader(file)] == ["1", "5", "1", "5"]
    assert (tmp_path / "out" / "corruptions.png").is_file()
    assert (tmp_path / "out" / "corruptions.svg").is_file()
    console = Console(width=100)
    with console.capture() as shown:
        console.print(result)
    assert "saturate +" in shown.get()


def test_an_interrupted_evaluation_goes_on_and_keeps_what_it_has(
    bundle, data, tmp_path, monkeypatch
):
    score, calls = module.score_at, []

    def stopping(*args):
        calls.append(args[-1])
        if len(calls) == 3:
            raise KeyboardInterrupt
        return score(*args)

    monkeypatch.setattr(module, "score_at", stopping)
    (tmp_path / "metrics.json").write_text("{}")  # of an older evaluation
    with pytest.raises(KeyboardInterrupt):
        _evaluate(bundle, data, tmp_path, overwrite=True)
    _evaluate(bundle, data, tmp_path, corruptions=["saturate"])
    assert [name.partition(" (")[0] for name in calls] == [
        *("contrast, severity 1", "contrast, severity 5", "saturate, severity 1"),
        *("saturate, severity 1", "saturate, severity 5"),
    ]
    assert len(json.loads((tmp_path / "corruptions.json").read_text())["rows"]) == 4


def test_a_baseline_is_computed_or_read(bundle, data, tmp_path):
    few = {"corruptions": ["contrast"], "severities": [5]}
    own = _evaluate(bundle, data, tmp_path / "own", baseline=bundle, **few).corruptions
    assert own.mce == pytest.approx(1)
    assert (tmp_path / "own" / "baseline" / "corruptions.json").is_file()
    again = _evaluate(bundle, data, tmp_path / "again", baseline=str(tmp_path / "own"), **few)
    assert again.corruptions.mce == pytest.approx(1)
    with pytest.raises(ValueError, match="needs more or other ones; give the baseline's bundle"):
        _evaluate(bundle, data, tmp_path / "more", baseline=str(tmp_path / "own"), severities=[2])


def test_the_mean_corruption_error_is_that_of_the_paper():
    errors = Errors({}, "e", 0.1, {("snow", 1): 0.2, ("snow", 2): 0.4, ("fog", 1): 0.3})
    theirs = Errors({}, "e", 0.2, {("snow", 1): 0.4, ("snow", 2): 0.8, ("fog", 1): 0.3})
    both = Robustness(errors, theirs)
    assert both.mce == pytest.approx((0.6 / 1.2 + 1) / 2)
    assert both.relative_mce == pytest.approx(((0.2) / (0.4) + 0.2 / 0.1) / 2)
    perfect = Errors({}, "e", 0, dict.fromkeys(errors.cells, 0.0))
    assert Robustness(errors, perfect).mce is None


def test_segmentation_leaves_out_what_moves_pixels(scenes, tmp_path):
    task = create_task("segment", ("ground", "disc", "square", "triangle", "cross"), (), {})
    network = task.build("test_resnet").eval()
    made = Bundle.from_task(network, task, "test_resnet", Preprocessing((64, 64)))
    made.save_pretrained(tmp_path / "bundle")
    robustness = _evaluate(
        str(tmp_path / "bundle"),
        str(scenes),
        tmp_path / "out",
        corruptions=["elastic_transform", "contrast"],
    ).corruptions
    assert robustness.errors.names == ["contrast"]
    assert robustness.errors.metric == "1 − mIoU"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"corruptions": ["nois"]}, "did you mean noise"),
        ({"severities": [0, 6]}, r"--severities are numbers from 1 to 5, got \[0, 6\]"),
        ({"image_size": [48, 64]}, "--corruptions needs one --image-size, got 2"),
        ({"corruptions": False, "baseline": "x"}, "--baseline is for --corruptions"),
        ({"seed": -1}, "--seed must be at least 0"),
    ],
)
def test_wrong_flags_are_refused(bundle, data, tmp_path, changed, message):
    with pytest.raises(ValueError, match=message):
        _evaluate(bundle, data, tmp_path, **changed)


def test_detection_and_other_channels_are_refused():
    with pytest.raises(ValueError, match="this bundle's task is 'detect'; leave it out"):
        module.check_task(create_task("detect", ("a",), (), {}), Preprocessing((64, 64)))
    four = Preprocessing((64, 64), mean=(0.5,) * 4, std=(0.5,) * 4)
    with pytest.raises(ValueError, match="takes 4; leave it out"):
        module.check_task(create_task("classify", CLASSES, (), {}), four)


def test_errors_of_other_images_are_not_continued(bundle, data, tmp_path):
    _evaluate(bundle, data, tmp_path)
    (tmp_path / "metrics.json").unlink()
    with pytest.raises(ValueError, match="has the errors of another evaluation"):
        _evaluate(bundle, data, tmp_path, seed=1)
    assert _evaluate(bundle, data, tmp_path, seed=1, overwrite=True).corruptions is not None


def test_a_baseline_that_cannot_be_compared_is_refused_before_the_measurement(
    bundle, data, tmp_path, monkeypatch
):
    monkeypatch.setattr(module, "score_at", None)  # nothing is scored
    make_bundle(classes=("x", "y", "z")).save_pretrained(tmp_path / "other")
    task = create_task("segment", CLASSES, (), {})
    network = task.build("test_resnet").eval()
    made = Bundle.from_task(network, task, "test_resnet", Preprocessing((64, 64)))
    made.save_pretrained(tmp_path / "segment")
    for baseline, message in (
        ("other", "ant"),
        ("segment", "is of the task 'segment', not 'classify'"),
    ):
        with pytest.raises(ValueError, match=message):
            _evaluate(bundle, data, tmp_path / "out", baseline=str(tmp_path / baseline))
    assert not (tmp_path / "out" / "corruptions.json").exists()


def test_a_damaged_file_of_a_baseline_is_named(bundle, data, tmp_path):
    row = {"corruption": "rain", "severity": 1, "error": 0.5}
    content = {"about": {}, "metric": "e", "clean_error": 0.1, "rows": [row]}
    (tmp_path / "corruptions.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"corruptions\.json: .*not written by cyclemlp"):
        _evaluate(bundle, data, tmp_path / "out", baseline=str(tmp_path))


def test_a_severity_given_twice_is_scored_once(bundle, data, tmp_path, monkeypatch):
    score, calls = module.score_at, []
    monkeypatch.setattr(module, "score_at", lambda *args: calls.append(1) or score(*args))
    _evaluate(bundle, data, tmp_path, corruptions=["contrast"], severities=[1, 1])
    assert len(calls) == 1


def test_a_network_is_known_by_its_files_not_by_the_name_that_was_typed(bundle, data, tmp_path):
    few = {"corruptions": ["contrast"], "severities": [1]}
    _evaluate(bundle, data, tmp_path / "out", **few)
    (tmp_path / "out" / "metrics.json").unlink()
    _evaluate(f"{bundle}/", data, tmp_path / "out", **few)
    other = Bundle.from_pretrained(bundle)
    other.network.get_parameter("fc.bias").data.add_(1e-9)  # the clean error is the same
    other.save_pretrained(tmp_path / "other")
    (tmp_path / "out" / "metrics.json").unlink()
    with pytest.raises(ValueError, match="has the errors of another evaluation"):
        _evaluate(str(tmp_path / "other"), data, tmp_path / "out", **few)


def test_a_baseline_that_is_not_there_is_named_with_its_flag_at_once(bundle, data, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^--baseline .*nowhere: "):
        _evaluate(bundle, data, tmp_path / "out", baseline=str(tmp_path / "nowhere"))
    assert not (tmp_path / "out").exists()
