import json
import subprocess
import sys
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

import cyclemlp.bundle.bundle
from cyclemlp.bundle import Bundle, load
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.classification.task import Classification

CLASSES = ("ant", "bee", "cat")
SIZE = 64
IMAGE = Image.radial_gradient("L").convert("RGB")


def make_bundle(model="test_resnet", classes=CLASSES, **model_args):
    torch.manual_seed(0)
    task = Classification(classes)
    network = task.build(model, **model_args).eval()
    preprocessing = Preprocessing(
        image_size=(SIZE, SIZE),
        crop_pct=0.9,
        interpolation="bicubic",
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    )
    training = {"data": "garden", "metrics": {"top1": 0.987, "loss": 0.05}}
    return Bundle.from_task(network, task, model, preprocessing, model_args, training)


@pytest.fixture
def saved(tmp_path):
    make_bundle().save_pretrained(tmp_path / "bundle")
    return tmp_path / "bundle"


def edit(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("model", "model_args"),
    [
        ("cyclemlp_nano", {"stepsize": 7}),
        ("test_resnet", {}),
        ("test_vit", {"img_size": SIZE}),
        ("test_convnext.r160_in1k", {"drop_path_rate": 0.1}),
    ],
)
def test_any_architecture_survives_saving_and_loading(tmp_path, model, model_args):
    bundle = make_bundle(model, **model_args)
    bundle.save_pretrained(tmp_path)
    again = Bundle.from_pretrained(tmp_path)
    assert again.config == bundle.config
    assert not again.network.training
    images = torch.randn(2, 3, SIZE, SIZE)
    with torch.inference_mode():
        assert torch.equal(again.network(images), bundle.network(images))


def test_a_run_folder_loads_the_bundle_in_it(saved):
    assert Bundle.from_pretrained(saved.parent).config == Bundle.from_pretrained(saved).config


def test_the_folder_holds_the_two_files_and_a_card_and_no_leftovers(saved):
    assert {p.name for p in saved.iterdir()} == {"config.json", "model.safetensors", "README.md"}


def test_whoever_may_read_the_config_may_read_the_weights(saved):
    modes = {(saved / name).stat().st_mode for name in ("config.json", "model.safetensors")}
    assert len(modes) == 1


def test_the_card_says_what_the_bundle_is(saved):
    card = (saved / "README.md").read_text(encoding="utf-8")
    for fact in (
        "test_resnet",
        "image-classification",
        "| top1 | 0.9870 |",
        "`bee`",
        "cyclemlp.load",
    ):
        assert fact in card


def test_saving_again_renews_our_card_and_keeps_the_users(saved):
    bundle = make_bundle()
    bundle.config.training["metrics"]["top1"] = 0.5
    bundle.save_pretrained(saved)
    assert "| top1 | 0.5000 |" in (saved / "README.md").read_text(encoding="utf-8")
    (saved / "README.md").write_text("mine")
    bundle.save_pretrained(saved)
    assert (saved / "README.md").read_text() == "mine"


def test_a_failing_write_leaves_the_old_bundle(saved, monkeypatch):
    before = {p.name: p.read_bytes() for p in saved.iterdir()}

    def full(network, path, metadata):
        with open(path, "wb") as file:
            file.write(b"half")
        raise SafetensorError("I/O error: No space left on device")

    monkeypatch.setattr(cyclemlp.bundle.bundle, "save_model", full)
    with pytest.raises(OSError, match=r"cannot write .*model\.safetensors: .*No space left"):
        make_bundle(classes=("x", "y")).save_pretrained(saved)
    assert {p.name: p.read_bytes() for p in saved.iterdir()} == before


def test_what_a_killed_write_left_is_cleared_away(saved):
    (saved / ".writing-abc").mkdir()
    (saved / ".writing-abc" / "model.safetensors").write_bytes(b"half")
    make_bundle().save_pretrained(saved)
    assert not (saved / ".writing-abc").exists()


def test_pushing_uploads_the_three_files(monkeypatch, tmp_path):
    uploaded = {}

    class Api:
        def __init__(self, token=None): ...

        def create_repo(self, repo_id, **_):
            return type("Repository", (), {"repo_id": repo_id})

        def upload_folder(self, *, repo_id, folder_path, **_):
            uploaded[repo_id] = sorted(p.name for p in folder_path.iterdir())
            return "https://hub/commit"

    monkeypatch.setattr("huggingface_hub.hub_mixin.HfApi", Api)
    url = make_bundle().save_pretrained(tmp_path / "b", push_to_hub=True, repo_id="me/garden")
    assert url == "https://hub/commit"
    assert uploaded == {"me/garden": ["README.md", "config.json", "model.safetensors"]}


def test_a_hub_id_is_downloaded(saved, monkeypatch):
    asked = []

    def download(repo_id, **options):
        asked.append((repo_id, options))
        return str(saved)

    monkeypatch.setattr(cyclemlp.bundle.bundle, "snapshot_download", download)
    bundle = Bundle.from_pretrained("me/garden", revision="v1")
    assert bundle.config.classes == CLASSES
    assert asked[0][0] == "me/garden"
    assert asked[0][1]["revision"] == "v1"


def test_a_hub_id_that_is_not_there(monkeypatch):
    def download(repo_id, **options):
        raise OSError("offline\nand more")

    monkeypatch.setattr(cyclemlp.bundle.bundle, "snapshot_download", download)
    with pytest.raises(
        FileNotFoundError, match=r"no folder me/garden.*Hub does not give it \(offline\)"
    ):
        Bundle.from_pretrained("me/garden")


def test_no_such_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no bundle at .*/nowhere"):
        Bundle.from_pretrained(tmp_path / "nowhere")


def test_a_folder_without_a_bundle(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"holds no bundle: neither config\.json nor bundle/"
    ):
        Bundle.from_pretrained(tmp_path)


def test_a_file_instead_of_the_folder(saved):
    with pytest.raises(
        FileNotFoundError, match=r"config\.json is a file; give the bundle's folder"
    ):
        Bundle.from_pretrained(saved / "config.json")


def test_missing_weights(saved):
    (saved / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"no weights: .*model\.safetensors is missing"):
        Bundle.from_pretrained(saved)


def test_damaged_weights(saved):
    weights = saved / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged"):
        Bundle.from_pretrained(saved)


def test_damaged_config(saved):
    (saved / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"config\.json is not JSON"):
        Bundle.from_pretrained(saved)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": 99}, r"format version 99, and this cyclemlp reads up to 1; upgrade"),
        ({"task": "count"}, r"no task 'count'; the tasks of this version are"),
        ({"architecture": "cyclemlp_b9"}, r"no model 'cyclemlp_b9'.*did you mean cyclemlp_b"),
        ({"model_args": {"nonsense": 1}}, r"takes no argument 'nonsense'"),
        ({"classes": ["ant", "bee"]}, r"trained for 3 classes and .*config\.json names 2"),
        (
            {"architecture": "test_vit"},
            r"do not fit test_vit with 3 classes: .*missing \(.*unexpected \(",
        ),
    ],
)
def test_a_config_that_does_not_fit_says_why(saved, changes, message):
    edit(saved, **changes)
    with pytest.raises(ValueError, match=message):
        Bundle.from_pretrained(saved)


def test_a_config_of_another_library(saved):
    (saved / "config.json").write_text('{"architecture": "resnet18"}')
    with pytest.raises(
        ValueError, match="has no format_version; give a folder that cyclemlp wrote"
    ):
        Bundle.from_pretrained(saved)


def test_a_config_that_lacks_something(saved):
    content = json.loads((saved / "config.json").read_text())
    del content["classes"]
    (saved / "config.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"config\.json lacks classes"):
        Bundle.from_pretrained(saved)


def test_missing_unexpected_and_misshapen_weights_are_listed(saved):
    weights = load_file(saved / "model.safetensors")
    name = next(name for name, value in weights.items() if value.ndim == 4)
    moved = weights.pop(name)
    save_file(weights | {"stray": moved}, saved / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=rf"1 missing \({name}\); 1 unexpected \(stray\)"):
        Bundle.from_pretrained(saved)
    weights[name] = moved[:, :, :1].contiguous()
    save_file(weights, saved / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=rf"1 misshapen \({name} is \("):
        Bundle.from_pretrained(saved)


def test_a_network_with_other_outputs_than_classes_is_no_bundle():
    bundle = make_bundle()
    network: Any = bundle.network
    network.reset_classifier(7)
    with pytest.raises(ValueError, match="7 outputs and the bundle 3 classes"):
        Bundle(bundle.network, bundle.config)


def test_a_bundle_loads_and_predicts_with_the_core_libraries_alone(saved):
    program = f"""
import sys
for name in "lightning torchmetrics matplotlib torchdata jsonargparse rich sklearn".split():
    sys.modules[name] = None  # as if it were not installed
from cyclemlp.bundle import load
from PIL import Image
prediction = load({str(saved)!r}, top_k=2)(Image.new("RGB", (40, 30)))
assert len(prediction.to_dict()["top"]) == 2
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_loading_passes_settings_on(saved):
    predictor = load(saved, image_size=(96, 128), batch_size=5, top_k=1)
    assert predictor.preprocessing.image_size == (96, 128)
    assert predictor.batch_size == 5
    assert predictor.classes == CLASSES
    assert len(predictor(IMAGE).to_dict()["top"]) == 1
