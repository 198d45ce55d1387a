import pytest
from safetensors import SafetensorError

from cyclemlp.bundle import weights

from .bundles import make_bundle


def test_the_folder_has_two_files_a_card_and_no_leftovers(saved):
    assert {p.name for p in saved.iterdir()} == {"config.json", "model.safetensors", "README.md"}


def test_weights_have_the_permissions_of_the_config(saved):
    modes = {(saved / name).stat().st_mode for name in ("config.json", "model.safetensors")}
    assert len(modes) == 1


def test_a_failing_write_leaves_the_old_bundle(saved, monkeypatch):
    before = {p.name: p.read_bytes() for p in saved.iterdir()}

    def full(network, path, metadata):
        with open(path, "wb") as file:
            file.write(b"half")
        raise SafetensorError("I/O error: No space left on device")

    monkeypatch.setattr(weights, "save_model", full)
    with pytest.raises(OSError, match=r"cannot write .*model\.safetensors: .*No space left"):
        make_bundle(classes=("x", "y")).save_pretrained(saved)
    assert {p.name: p.read_bytes() for p in saved.iterdir()} == before


def test_leftovers_of_a_killed_write_are_deleted(saved):
    (saved / ".writing-abc").mkdir()
    (saved / ".writing-abc" / "model.safetensors").write_bytes(b"half")
    make_bundle().save_pretrained(saved)
    assert not (saved / ".writing-abc").exists()
