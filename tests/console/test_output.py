import pytest

from cyclemlp.console.output import output_folder, removed_if_empty


def test_a_folder_that_cannot_be_created_or_written_to_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "deep"):
        with pytest.raises(OSError, match=r"^--output .*: .*file is a file; give a folder"):
            output_folder(place, "predict", "a.json", overwrite=False)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(OSError, match=r"output .*out cannot be written to \(it is not writable\)"):
        output_folder(tmp_path / "out", "predict", "a.json", overwrite=False)


def test_an_interrupted_verb_leaves_no_empty_folder(tmp_path):
    folder = output_folder(tmp_path / "out", "export", "a.json", overwrite=False)
    (folder / "kept").touch()
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), removed_if_empty(folder):
            raise KeyboardInterrupt
        assert folder.exists() == (folder / "kept").exists()
        (folder / "kept").unlink(missing_ok=True)
