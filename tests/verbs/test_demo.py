from dataclasses import replace

import pytest
from rich.console import Console

from cyclemlp.data.generated.scenes import write_scenes
from cyclemlp.training.demo import PARTS
from cyclemlp.verbs import demo as module
from cyclemlp.verbs.demo import demo


def shortened(part):
    """The same part with one epoch of few or small images."""
    optim = replace(part.recipe["optim"], warmup_epochs=0)
    recipe = part.recipe | {"epochs": 1, "optim": optim}
    if part.task == "classify":
        return replace(part, goal=0.0, recipe=recipe | {"image_size": 32})
    return replace(part, goal=0.0, recipe=recipe, write=lambda root: write_scenes(root, 16, 12))


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(module, "PARTS", tuple(map(shortened, PARTS)))


def test_the_demo_writes_and_lists_all_results(short, tmp_path):
    result = demo(str(tmp_path), workers=0)
    console = Console(width=300)
    with console.capture() as capture:
        console.print(result)
    for task, shown in result.shown.items():
        run = tmp_path / task / "run"
        for name in ("report.html", "curves.png", "samples.png", "bundle/config.json"):
            assert (run / name).is_file()
        assert str(run / "report.html") in capture.get()
        assert len(shown.evaluation.sizes) == 2
        for size, figure in shown.elsewhere.items():
            assert shown.evaluation.sizes[f"{size}x{size}"].figures[shown.part.figure] == figure
            assert f"{figure:.1%} at {size} px" in capture.get()
        assert len(shown.predictions) == 2
        for predictions in shown.predictions:
            assert 10 <= predictions.files <= 12
            assert len(list((predictions.output / "drawn").iterdir())) == predictions.files
            assert str(predictions.output) in capture.get()
    assert "of held-out scenes" in capture.get()


def trained_sides(part):
    """Smallest and largest long side of a dense task's training images; scenes are 128 × 160."""
    long = max(part.recipe["image_size"])
    return [factor * long for factor in part.recipe["augment"].scale]


def test_the_demo_evaluates_at_sizes_outside_its_training_sizes():
    digits, *dense = PARTS
    assert not {*digits.recipe["augment"].sizes} & {*digits.other_sizes}
    for part in dense:
        low, high = trained_sides(part)
        assert not part.recipe["augment"].short_sides
        assert all(not low <= size <= high for size in part.other_sizes)
        assert min(part.other_sizes) < low
        assert high < max(part.other_sizes)


def test_the_demo_fails_below_its_goal(short, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "PARTS", (replace(module.PARTS[0], goal=1.01),))
    with pytest.raises(RuntimeError, match=r"digits right, below 101%: something is wrong"):
        demo(str(tmp_path), workers=0)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_demo_reaches_its_goals(tmp_path):
    for shown in demo(str(tmp_path), workers=0).shown.values():
        assert shown.reached >= shown.part.goal
