"""Every shipped recipe is read by ``train`` as it stands, and takes a step."""

import json
import shlex
from dataclasses import replace
from itertools import takewhile
from shutil import copy, copytree

import numpy as np
import pytest
import torch
from PIL import Image

from cyclemlp.cli.parsing import parse
from cyclemlp.cli.recipes import recipe_files
from cyclemlp.data.generated.digits import write_digits
from cyclemlp.tasks import create_task, get_task
from cyclemlp.training.settings.settings import Settings
from cyclemlp.training.start.network import create_network
from cyclemlp.verbs.train import defaults_for, train

RECIPES = recipe_files()
NAMES = [path.stem for path in RECIPES]


def settings(name, *flags):
    return read("--config", name, "--data", "DIR", *flags)


def read(*words):
    options = parse(train, "cyclemlp train", (), words, defaults_for)
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


def as_ade20k(scenes, root):
    """Labels count from 1; 0, which the first row of pixels gets, does not count."""
    for split, name in (("train", "training"), ("val", "validation")):
        copytree(scenes / "images" / split, root / "images" / name)
        (root / "annotations" / name).mkdir(parents=True)
        for file in (scenes / "masks" / split).iterdir():
            with Image.open(file) as mask:
                labels = np.asarray(mask) + 1
            labels[0] = 0
            Image.fromarray(labels).save(root / "annotations" / name / file.name)


def as_cityscapes(scenes, root):
    """A folder a city, names with endings; the scenes' classes become the first train ids."""
    ends = {"images": "leftImg8bit", "masks": "gtFine_labelTrainIds"}
    for kind, end in ends.items():
        for split in ("train", "val"):
            city = root / end.partition("_")[0] / split / "ulm"
            city.mkdir(parents=True)
            for file in (scenes / kind / split).iterdir():
                copy(file, city / f"ulm_00{file.stem}_000019_{end}.png")


def as_coco(scenes, root):
    """The year in names, and the JSON files in a folder of their own."""
    (root / "annotations").mkdir(parents=True)
    for split in ("train", "val"):
        copytree(scenes / "images" / split, root / f"{split}2017")
        file = root / "annotations" / f"instances_{split}2017.json"
        copy(scenes / f"instances_{split}.json", file)


LAYOUTS = {"ade20k": (as_ade20k, 5), "cityscapes": (as_cityscapes, 19), "coco": (as_coco, 4)}


def laid_out(name, digits, scenes, root):
    """The generated data set in the layout of the recipe's own, and how many classes it has."""
    kind, task = name.partition("-")[0], settings(name)["task"]
    if kind in LAYOUTS:
        write, classes = LAYOUTS[kind]
        write(scenes, root)
        return root, classes
    return {"classify": (digits, 10), "segment": (scenes, 5)}.get(task, (scenes, 4))


def comment(path):
    lines = path.read_text().splitlines()
    return "\n".join(takewhile(lambda line: line.startswith("#"), lines))


def command(path):
    """The words after ``train`` of the command in a recipe's comment."""
    text = comment(path).partition("# Command:")[2].partition("# Expect:")[0]
    words = shlex.split(text.replace("\\\n#", ""))
    return words[words.index("train") + 1 :]


@pytest.mark.parametrize("path", RECIPES, ids=NAMES)
def test_a_recipe_opens_with_source_command_and_what_to_expect(path):
    for part in ("# Source:", "# Command:", "# Expect:"):
        assert part in comment(path)
    assert f"--config {path.stem}" in comment(path)


@pytest.mark.parametrize("path", RECIPES, ids=NAMES)
def test_a_recipes_own_network_can_be_built_and_its_commands(path):
    """Without memory for their weights."""
    for given in (settings(path.stem), read(*command(path))):
        task = create_task(given["task"], ("one", "other"), settings=given["task_args"])
        with torch.device("meta"):
            network = create_network(task, replace(Settings(**given), weights=None))
        assert all(weight.is_meta for weight in network.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_takes_a_step(name, digits, scenes, tmp_path):
    """At a size and batch that fit a test, in the data set's own layout; all else is its own."""
    task = settings(name)["task"]
    data, classes = laid_out(name, digits, scenes, tmp_path / "data")
    small = {
        "data": str(data),
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
    config = json.loads((result.bundle / "config.json").read_text())
    assert len(config["classes"]) == classes


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
    assert (given["lr"], get_task(task).recipe.base_lr) == (None, (lr, 16))
    assert sorted(given["image_size"]) == [800, 1333]
    optim, augment = given["optim"], given["augment"]
    assert (optim.name, optim.weight_decay) == ("adamw", 1e-4)
    assert (optim.schedule, optim.milestones) == ("multistep", (8, 11))
    assert optim.warmup_lr == pytest.approx(lr * 0.001)  # mmdetection's schedule
    images = 118_287  # of train2017
    assert optim.warmup_epochs * images / 16 == pytest.approx(500, rel=1e-2)
    assert (augment.hflip, augment.scale, augment.crop) == (0.5, (1.0, 1.0), None)


def test_the_upernet_recipe_is_swins():
    """FACTS of mmsegmentation's: 512 channels, auxiliary head of 0.4, 160,000 steps of 2 × 8."""
    given = settings("ade20k-upernet")
    decoder = {"decoder": "upernet", "decoder_args": {"decoder_channels": 512}}
    assert given["task_args"] == decoder | {"auxiliary": 0.4}
    assert (given["lr"], given["batch_size"], given["drop_path"]) == (6e-5, 2, 0.3)
    assert given["sync_batchnorm"]
    steps = 20_210 / 16  # an epoch
    assert given["epochs"] * steps == pytest.approx(160_000, rel=5e-3)
    assert given["optim"].warmup_epochs * steps == pytest.approx(1500, rel=5e-3)


def test_recipes_of_large_backbones_start_from_their_weights():
    for name in NAMES:
        if name.partition("-")[0] in LAYOUTS:
            assert settings(name)["weights"] == "timm"
