from dataclasses import replace

import pytest
from rich.console import Console

from cyclemlp.verbs import demo as module
from cyclemlp.verbs.demo import demo


@pytest.fixture
def short(monkeypatch):
    """One epoch of small images: the way is the same, the result is not."""
    optim = replace(module._RECIPE["optim"], warmup_epochs=0)
    recipe = module._RECIPE | {"epochs": 1, "image_size": 32, "optim": optim}
    monkeypatch.setattr(module, "_RECIPE", recipe)


def test_the_demo_leaves_and_names_all_it_promises(short, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "_GOAL", 0.0)
    result = demo(str(tmp_path), workers=0)
    run = tmp_path / "run"
    for name in ("report.html", "curves.png", "samples.png", "confusion.png", "bundle/config.json"):
        assert (run / name).is_file()
    assert len(result.evaluation.sizes) == 2
    assert "32x32" not in result.evaluation.sizes
    assert result.predictions.files == 10
    console = Console(width=300)
    with console.capture() as capture:
        console.print(result)
    assert str(run / "report.html") in capture.get()
    assert "of held-out digits right" in capture.get()


def test_the_demo_fails_loudly_below_its_goal(short, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "_GOAL", 1.01)
    with pytest.raises(RuntimeError, match=r"on held-out digits, below 101%: something is wrong"):
        demo(str(tmp_path), workers=0)


@pytest.mark.slow
def test_the_demo_reaches_97_percent(tmp_path):
    assert demo(str(tmp_path), workers=0).training.metrics["top1"] >= 0.97
