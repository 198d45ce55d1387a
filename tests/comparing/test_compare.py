"""Models that are trained alike: what is written, what is kept, what is refused."""

import csv
import json
import re

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from cyclemlp.bundle.evaluation.robustness import measuring
from cyclemlp.bundle.loading import load
from cyclemlp.comparing import budget, run
from cyclemlp.comparing.candidate import candidates
from cyclemlp.comparing.comparison import Comparison
from cyclemlp.comparing.plan import planned
from cyclemlp.training.settings.optim import Optim
from cyclemlp.training.settings.settings import Settings
from cyclemlp.verbs.compare import compare

_MODELS = ["cyclemlp_nano", "cyclemlp_nano:mixer=spatial:img_size=32", "nosuchmodel"]


@pytest.fixture(scope="module", autouse=True)
def quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_SECONDS", 0.0)
        yield


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    root = tmp_path_factory.mktemp("colours")
    for split, count in (("train", 4), ("val", 2)):
        for channel, name in enumerate(("blue", "red")):
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = np.full((32, 32, 3), 40 + number, np.uint8)
                pixels[:, :, 2 * channel] += 100
                Image.fromarray(pixels).save(folder / f"{number}.png")
    return root


def recipe(data, **changes):
    return {
        "data": str(data),
        "task": "classify",
        "model_args": {"dims": [8, 16, 16, 24], "depths": [1, 1, 1, 1]},
        "image_size": 32,
        "epochs": 1,
        "batch_size": 4,
        "workers": 0,
        "optim": Optim(warmup_epochs=0),
        "accelerator": "cpu",
        "logger": [],
        **changes,
    }


@pytest.fixture(scope="module")
def compared(colours, tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared") / "out"
    return compare(_MODELS, sizes=[32, 48], output=str(folder), **recipe(colours))


def test_each_run_is_a_bundle_and_a_refused_model_is_a_row_with_the_reason(compared):
    assert compared.models == _MODELS[:2]
    for row in compared.rows[:2]:
        assert load(row.run / "bundle").classes == ("blue", "red")
        assert row.processor_minutes > 0
    assert "there is no model 'nosuchmodel'" in compared.rows[2].refused
    assert compared.rows[1].score("48x48", "top1") is None
    assert compared.rows[0].score("48x48", "top1") is not None
    assert any("matrices are for images of 32x32" in line for line in compared.refusals)


def test_all_files_are_written_and_agree(compared):
    content = json.loads((compared.folder / "comparison.json").read_text())
    assert content["headline"] == "top1"
    assert content["rows"][0]["sizes"]["32x32"]["scores"] == compared.rows[0].own
    lines = list(csv.DictReader((compared.folder / "comparison.csv").open()))
    assert [(line["model"], line["size"]) for line in lines[:2]] == [
        (_MODELS[0], "32x32"),
        (_MODELS[0], "48x48"),
    ]
    assert float(lines[0]["top1"]) == compared.rows[0].own["top1"]
    assert lines[-1]["refused"].startswith("there is no model")
    for name in ("tradeoff", "sizes", "curves", "classes"):
        assert {f"{name}.png", f"{name}.svg"} <= set(compared.files)


def test_the_page_needs_no_server(compared):
    page = (compared.folder / "report.html").read_text()
    sources = re.findall(r'src="([^"]*)"', page)
    assert len(sources) == 4
    assert all(source.startswith("data:") for source in sources)
    for place in re.findall(r'href="([^"]*)"', page):
        assert (compared.folder / place).is_file()
    console = Console(width=250)
    with console.capture() as capture:
        console.print(compared)
    assert f"{compared.costs[_MODELS[0]].parameters / 1e6:.2f}" in capture.get()


def test_the_same_call_trains_only_what_is_missing(compared, colours, monkeypatch):
    trained = []

    def fit(settings):
        trained.append(settings.seed)
        return budget.fit(settings)

    monkeypatch.setattr(run, "fit", fit)
    again = compare(
        _MODELS[:1], seeds=[0, 1], sizes=[64], output=str(compared.folder), **recipe(colours)
    )
    assert isinstance(again, Comparison)
    assert trained == [1]
    assert len(again.scores(_MODELS[0])) == 2
    assert set(again.rows[0].sizes) == {"32x32", "48x48", "64x64"}


def test_runs_of_another_recipe_are_refused(compared, colours):
    with pytest.raises(ValueError, match="epochs: was 1, now 2"):
        compare(_MODELS, output=str(compared.folder), **recipe(colours, epochs=2))
    with pytest.raises(ValueError, match="weights of cyclemlp_nano: were none, now auto"):
        compare(_MODELS, weights="auto", output=str(compared.folder), **recipe(colours))


def test_a_folder_with_other_files_is_refused(colours, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="holds no comparison"):
        compare(["cyclemlp_nano"], output=str(tmp_path), **recipe(colours))
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_comparison_without_any_trained_model_is_refused(colours, tmp_path):
    with pytest.raises(ValueError, match="no model of --models could be trained: nosuchmodel"):
        compare(["nosuchmodel"], output=str(tmp_path / "new"), **recipe(colours))


def test_processor_minutes_become_epochs(colours, tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "_seconds_of_epoch", lambda settings, folder: 13.0)
    settings = Settings(**recipe(colours))
    (one,) = planned(
        candidates(["cyclemlp_nano"]), [0], settings, {"cyclemlp_nano": "none"}, tmp_path
    )
    assert budget.within(one, 1.0, tmp_path).settings.epochs == 4
    with pytest.raises(ValueError, match=r"0\.22 processor minutes, more than --minutes 0\.1"):
        budget.within(one, 0.1, tmp_path)


def test_errors_on_corrupted_images_are_measured_once(compared, colours, monkeypatch):
    scored, score = [], measuring._score
    monkeypatch.setattr(measuring, "_score", lambda *a: scored.append(a[3]) or score(*a))
    asked = {"corruptions": ["contrast"], "severities": [1, 5], "baseline": _MODELS[0]}
    more = {**asked, "severities": [1, 3, 5]}
    for settings, count in ((asked, 4), (more, 2)):
        scored.clear()
        again = compare(_MODELS, output=str(compared.folder), **settings, **recipe(colours))
        assert isinstance(again, Comparison)
        assert len(scored) == count
    first, second, refused = again.rows
    assert first.errors["mce"] in (1, None)  # None if the baseline makes no error
    assert second.robustness is not None
    assert second.errors["corruption_error"] == second.robustness.errors.mean_error
    assert refused.errors == {}
    rows = json.loads((compared.folder / "comparison.json").read_text())["rows"]
    assert rows[1]["corruptions"]["mean_error"] == second.errors["corruption_error"]
    assert "error, corrupted" in again.table()[0]
    assert "error, corrupted" in (compared.folder / "report.html").read_text()
    lines = list(csv.DictReader((compared.folder / "comparison.csv").open()))
    assert [line["corruption_error"] != "" for line in lines[:2]] == [True, False]


def test_corruptions_are_refused_before_anything_is_trained(colours, tmp_path):
    with pytest.raises(ValueError, match="--baseline resnet18: no model of --models"):
        compare(["cyclemlp_nano"], corruptions=True, baseline="resnet18", **recipe(colours))
    settings = Settings(**recipe(colours, task="detect"))
    with pytest.raises(ValueError, match="--corruptions is for the tasks classify and segment"):
        run.compare_models([], [0], [], settings, {}, None, tmp_path, measuring.Asked(["fog"], [1]))
