import pytest

from cyclemlp.bundle import finding
from cyclemlp.bundle.bundle import Bundle

from .bundles import CLASSES


def test_a_run_folder_loads_the_bundle_in_it(saved):
    assert Bundle.from_pretrained(saved.parent).config == Bundle.from_pretrained(saved).config


def test_a_hub_id_is_downloaded(saved, monkeypatch):
    asked = []

    def download(repo_id, **options):
        asked.append((repo_id, options))
        return str(saved)

    monkeypatch.setattr(finding, "snapshot_download", download)
    bundle = Bundle.from_pretrained("me/garden", revision="v1")
    assert bundle.config.classes == CLASSES
    assert asked[0][0] == "me/garden"
    assert asked[0][1]["revision"] == "v1"


def test_an_unknown_hub_id_is_refused(monkeypatch):
    def download(repo_id, **options):
        raise OSError("offline\nand more")

    monkeypatch.setattr(finding, "snapshot_download", download)
    with pytest.raises(
        FileNotFoundError, match=r"no folder me/garden.*Hub does not give it \(offline\)"
    ):
        Bundle.from_pretrained("me/garden")


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no bundle at .*/nowhere"):
        Bundle.from_pretrained(tmp_path / "nowhere")


def test_a_folder_without_a_bundle_is_refused(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"holds no bundle: neither config\.json nor bundle/"
    ):
        Bundle.from_pretrained(tmp_path)


def test_a_file_instead_of_the_folder_is_refused(saved):
    with pytest.raises(
        FileNotFoundError, match=r"config\.json is a file; give the bundle's folder"
    ):
        Bundle.from_pretrained(saved / "config.json")
