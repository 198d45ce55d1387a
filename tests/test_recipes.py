"""Every shipped recipe is read by ``train`` as it stands, and takes a step."""

from dataclasses import replace
from itertools import takewhile

import pytest

from cyclemlp.command_line import parse, recipe_files
from cyclemlp.data.samples import write_digits
from cyclemlp.tasks import get_task
from cyclemlp.verbs.train import kinds_for, train

RECIPES = recipe_files()
NAMES = [path.stem for path in RECIPES]


def settings(name, *flags):
    words = ["--config", name, "--data", "DIR", *flags]
    options = parse(train, "cyclemlp train", (), words, kinds_for)
    assert options is not None
    return {key: value for key, value in options.items() if key != "json"}


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Ten images a split, one of each digit."""
    root = write_digits(tmp_path_factory.mktemp("digits"))
    for folder in root.glob("*/*"):
        for file in sorted(folder.iterdir())[1:]:
            file.unlink()
    return root


@pytest.mark.parametrize("path", RECIPES, ids=NAMES)
def test_a_recipe_opens_with_source_command_and_what_to_expect(path):
    lines = path.read_text().splitlines()
    comment = "\n".join(takewhile(lambda line: line.startswith("#"), lines))
    for part in ("# Source:", "# Command:", "# Expect:"):
        assert part in comment
    assert f"--config {path.stem}" in comment


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_takes_a_step(name, digits, scenes, tmp_path):
    """At a size and batch that fit a test; all else is the recipe's."""
    task = settings(name)["task"]
    small = {
        "data": str(digits if task == "classify" else scenes),
        "output": str(tmp_path / "run"),
        "model": "cyclemlp_nano",
        "weights": None,
        "image_size": 32 if task == "classify" else (48, 64),
        "epochs": 1,
        "batch_size": 5,
        "workers": 0,
    }
    given = settings(name, "--optim.warmup-epochs", "0", "--optim.cooldown-epochs", "0")
    if getattr(given["augment"], "crop", None) is not None:
        small["augment"] = replace(given["augment"], crop=(32, 48))
    result = train(**given | small)
    assert (result.bundle / "model.safetensors").is_file()


def test_the_imagenet_recipe_is_the_released_one():
    """FACTS of the released code: DeiT's recipe at 8 x 128 images a step."""
    given = settings("imagenet")
    assert (given["epochs"], given["batch_size"], given["lr"]) == (310, 128, None)
    assert (given["drop_path"], given["ema"]) == (0.1, 0.99996)
    assert given["task_args"] == {"label_smoothing": 0.1}
    optim, augment = given["optim"], given["augment"]
    assert (optim.name, optim.weight_decay, optim.eps) == ("adamw", 0.05, 1e-8)
    assert (optim.schedule, optim.warmup_epochs, optim.cooldown_epochs) == ("cosine", 5, 10)
    assert (optim.warmup_lr, optim.min_lr) == (1e-6, 1e-5)
    assert (augment.rand_augment, augment.erasing) == ("rand-m9-mstd0.5-inc1", 0.25)
    assert (augment.mixup, augment.cutmix, augment.switch_prob) == (0.8, 1.0, 0.5)
    assert (augment.repeats, augment.color_jitter) == (3, 0.4)


@pytest.mark.parametrize(
    ("name", "task", "lr"),
    [("coco-retinanet", "detect", 1e-4), ("coco-mask-rcnn", "instance", 2e-4)],
)
def test_the_coco_recipes_are_pvts(name, task, lr):
    """FACTS of PVT v2's 1x: AdamW, ÷10 at 8 and 11 of 12 epochs, 500 steps of warm-up, 2 × 8."""
    given = settings(name)
    assert (given["task"], given["epochs"], given["batch_size"]) == (task, 12, 2)
    assert (given["lr"], get_task(task).base_lr) == (None, (lr, 16))
    assert sorted(given["image_size"]) == [800, 1333]
    optim, augment = given["optim"], given["augment"]
    assert (optim.name, optim.weight_decay) == ("adamw", 1e-4)
    assert (optim.schedule, optim.milestones) == ("multistep", (8, 11))
    images = 118_287  # of train2017
    assert optim.warmup_epochs * images / 16 == pytest.approx(500, rel=1e-2)
    assert (augment.hflip, augment.scale, augment.crop) == (0.5, (1.0, 1.0), None)
