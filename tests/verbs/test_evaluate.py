import json
import shutil
from typing import Any

import pytest
from PIL import Image
from rich.console import Console

from cyclemlp.bundle.loading import load
from cyclemlp.verbs.evaluate import evaluate

from ..bundle.bundles import CLASSES, make_bundle

SHADES = {"ant": 20, "bee": 120, "cat": 220}


@pytest.fixture
def data(tmp_path):
    for name, shade in SHADES.items():
        folder = tmp_path / "data" / "val" / name
        folder.mkdir(parents=True)
        for i in range(4 if name == "bee" else 2):
            Image.new("RGB", (40, 40), (shade, shade + i, shade)).save(folder / f"{i}.png")
    return tmp_path / "data"


def test_figures_tables_and_pictures_at_several_sizes(bundle, data, tmp_path):
    out = tmp_path / "out"
    result = evaluate(
        bundle, str(data), image_size=[48, 64], output=str(out), batch_size=3, workers=0
    )
    content = json.loads((out / "metrics.json").read_text())
    assert list(content["sizes"]) == ["48x48", "64x64"]
    assert content["images"] == 8
    assert content["split"] == "val"
    for size, scores in content["sizes"].items():
        assert (out / f"confusion-{size}.png").is_file()
        predictor = load(bundle, image_size=int(size[:2]), top_k=1)
        files = sorted((data / "val").rglob("*.png"))
        right = [predictor(file).label == file.parent.name for file in files]
        assert scores["top1"] == pytest.approx(sum(right) / len(right))
        assert scores["top5"] == 1.0
        assert [row["class"] for row in scores["per_class"]] == list(CLASSES)
        assert [row["count"] for row in scores["per_class"]] == [2, 4, 2]
        wrong = sum(pair["count"] for pair in scores["most_confused"])
        assert wrong == len(right) - sum(right)
    assert result.to_dict()["sizes"] == content["sizes"]


def test_the_bundles_own_size_is_the_default(bundle, data, tmp_path):
    assert list(evaluate(bundle, str(data), output=str(tmp_path / "o"), workers=0).sizes) == [
        "64x64"
    ]


def test_classes_have_the_order_of_the_bundle(data, tmp_path):
    """The order of a bundle's classes does not change the scores of its network."""
    straight, turned = make_bundle(), make_bundle(classes=CLASSES[::-1])
    source: Any = straight.network
    target: Any = turned.network
    for name, value in source.get_classifier().named_parameters():
        target.get_classifier().get_parameter(name).data.copy_(value.flip(0))
    tops = []
    for name, bundle in (("straight", straight), ("turned", turned)):
        bundle.save_pretrained(tmp_path / name)
        result = evaluate(
            str(tmp_path / name), str(data), output=str(tmp_path / f"{name}-out"), workers=0
        )
        tops.append({row["class"]: row["recall"] for row in result.sizes["64x64"].per_class})
    assert tops[0] == tops[1]


def test_a_bad_file_is_refused_or_skipped(bundle, data, tmp_path):
    (data / "val" / "ant" / "bad.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"bad\.png"):
        evaluate(bundle, str(data), output=str(tmp_path / "o"), workers=0)
    assert not (tmp_path / "o").exists()
    result = evaluate(bundle, str(data), output=str(tmp_path / "o"), on_bad_file="skip", workers=0)
    assert result.images == 8


def test_results_are_overwritten_only_with_the_flag(bundle, data, tmp_path):
    evaluate(bundle, str(data), output=str(tmp_path / "o"), workers=0)
    with pytest.raises(FileExistsError, match=r"metrics\.json exists; give another --output, or"):
        evaluate(bundle, str(data), output=str(tmp_path / "o"), workers=0)


def test_a_missing_split_is_refused(bundle, data):
    with pytest.raises(ValueError, match="has no split 'test'"):
        evaluate(bundle, str(data), split="test")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_size": [0]}, "--image-size must be at least 1, got 0"),
        ({"batch_size": 0}, "--batch-size must be at least 1, got 0"),
        ({"workers": -1}, "--workers must be at least 0, got -1"),
        ({"device": "abacus"}, r"--device abacus: torch cannot compute there \(.*, or give cpu"),
        ({"device": "cuda:99"}, "--device cuda:99: torch cannot compute there"),
    ],
)
def test_a_message_names_the_flag_of_an_unusable_setting(bundle, data, tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        evaluate(bundle, str(data), output=str(tmp_path / "o"), **settings)
    assert not (tmp_path / "o").exists()


def test_classes_without_images_are_not_among_the_weakest(bundle, data, tmp_path):
    shutil.rmtree(data / "val" / "cat")
    result = evaluate(bundle, str(data), output=str(tmp_path / "o"), workers=0)
    console = Console(width=200)
    with console.capture() as capture:
        console.print(result)
    table = capture.get().partition("classes at ")[2]
    assert table.startswith("64x64, all, lowest recall first; 1 without images")
    assert "bee" in table
    assert "cat" not in table
