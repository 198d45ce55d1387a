import pytest

from cyclemlp.console.output import output_folder


def test_a_folder_that_cannot_be_created_or_written_to_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "deep"):
        with pytest.raises(OSError, match=r"^--output .*: .*file is a file; give a folder"):
            output_folder(place, "predict", "a.json", overwrite=False)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(OSError, match=r"output .*out cannot be written to \(it is not writable\)"):
        output_folder(tmp_path / "out", "predict", "a.json", overwrite=False)
