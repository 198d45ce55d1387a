"""Uploads to a stand-in for the Hub, which keeps repositories as folders."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest
from huggingface_hub import ModelCard
from PIL import Image

import cyclemlp
from cyclemlp.bundle import finding, uploading

from .bundles import make_bundle


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """The folder of the Hub's repositories."""

    class Api:
        def __init__(self, token=None):
            pass

        def create_repo(self, repo_id, private, exist_ok):
            (tmp_path / "hub" / repo_id).mkdir(parents=True, exist_ok=exist_ok)
            return SimpleNamespace(repo_id=repo_id)

        def upload_folder(self, *, repo_id, folder_path, revision, commit_message):
            shutil.copytree(folder_path, tmp_path / "hub" / repo_id, dirs_exist_ok=True)
            return f"https://hub/{repo_id}/commit/1"

    def download(repo_id, allow_patterns):
        wanted = shutil.ignore_patterns("[!cm]*")
        return shutil.copytree(tmp_path / "hub" / repo_id, tmp_path / "cache", ignore=wanted)

    monkeypatch.setattr(uploading, "HfApi", Api)
    monkeypatch.setattr(finding, "snapshot_download", download)
    return tmp_path / "hub"


def test_a_pushed_bundle_is_loaded_from_the_hub(hub, tmp_path):
    bundle = make_bundle()
    url = bundle.save_pretrained(tmp_path / "b", push_to_hub=True, repo_id="me/garden")
    assert url == "https://hub/me/garden/commit/1"
    names = sorted(path.name for path in (hub / "me/garden").iterdir())
    assert names == ["README.md", "config.json", "model.safetensors"]
    image = Image.new("RGB", (70, 50), "green")
    expected = cyclemlp.load(tmp_path / "b")(image).to_dict()
    assert cyclemlp.load("me/garden")(image).to_dict() == expected


def test_the_card_on_the_hub_has_a_licence_pictures_and_the_id(hub, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "drawn.png")
    make_bundle().push_to_hub("me/garden", license="mit", samples=tmp_path / "drawn.png")
    card = ModelCard.load(hub / "me/garden" / "README.md")
    assert card.data.to_dict()["license"] == "mit"
    assert "![sample predictions](samples.png)" in card.text
    assert 'cyclemlp.load("me/garden")' in card.text
    assert 'timm.create_model("hf-hub:me/garden", pretrained=True)' in card.text
    assert Image.open(hub / "me/garden" / "samples.png").size == (8, 8)


def test_missing_samples_are_named_before_the_upload(hub):
    with pytest.raises(FileNotFoundError, match=r"PNG file of sample predictions, got no\.png"):
        make_bundle().push_to_hub("me/garden", samples="no.png")
    assert not hub.exists()
