"""Interrupted calls of `predict` and their continuation."""

import json

import pytest
import torch
from PIL import Image

from cyclemlp.bundle.predictor import Predictor
from cyclemlp.verbs.predict import predict

from ..bundle.bundles import make_bundle
from ..data.videos.video_data import write_video


@pytest.fixture
def images(tmp_path):
    """Six images and a video of ten frames."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(6):
        Image.new("RGB", (20 + number, 20), (40 * number, 0, 0)).save(folder / f"{number}.png")
    write_video(folder / "clip.mp4", range(0, 400, 40))
    return str(folder)


@pytest.fixture
def counted(monkeypatch):
    """Counts predicted pictures; `stop` is the number after which Ctrl-C is pressed."""

    class Counted:
        pictures = 0
        stop = 10**9

    original = Predictor.predict

    def counting(self, inputs, sizes):
        if Counted.pictures + len(inputs) > Counted.stop:
            raise KeyboardInterrupt
        Counted.pictures += len(inputs)
        return original(self, inputs, sizes)

    monkeypatch.setattr(Predictor, "predict", counting)
    return Counted


def rows(output):
    return [json.loads(line) for line in (output / "predictions.jsonl").read_text().splitlines()]


def interrupted(counted, after, bundle, images, output, **settings):
    counted.stop = after
    with pytest.raises(KeyboardInterrupt) as stop:
        predict(bundle, [images], str(output), batch_size=2, workers=0, **settings)
    counted.stop, counted.pictures = 10**9, 0
    return str(stop.value)


@pytest.mark.parametrize(("after", "again"), [(4, 12), (10, 6)])
def test_what_was_finished_is_not_computed_again(bundle, images, tmp_path, counted, after, again):
    whole, out = tmp_path / "whole", tmp_path / "out"
    predict(bundle, [images], str(whole), batch_size=2, workers=0)
    counted.pictures = 0
    message = interrupted(counted, after, bundle, images, out)
    assert message == (
        f"what is finished is in {out}; to continue, repeat the command with --output {out} "
        "--resume"
    )
    assert len(rows(out)) == after
    result = predict(bundle, [images], str(out), resume=True, batch_size=2, workers=0)
    assert counted.pictures == again
    assert rows(out) == rows(whole)
    assert (result.files, result.frames, result.earlier) == (7, 10, after)


def test_a_drawn_video_starts_again_and_is_complete_or_absent(bundle, images, tmp_path, counted):
    whole, out = tmp_path / "whole", tmp_path / "out"
    predict(bundle, [images], str(whole), batch_size=2, workers=0, draw=True, save=True)
    interrupted(counted, 22, bundle, images, out, draw=True, save=True)
    names = sorted(path.name for path in (out / "drawn").iterdir())
    assert names == [f"{number}.png" for number in range(6)]
    predict(bundle, [images], str(out), resume=True, batch_size=2, workers=0, draw=True, save=True)
    assert counted.pictures == 10
    assert rows(out) == rows(whole)
    files = [
        sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
        for folder in (whole, out)
    ]
    assert files[0] == files[1]


def test_half_written_files_of_a_killed_process_are_found(bundle, images, tmp_path, counted):
    whole, out = tmp_path / "whole", tmp_path / "out"
    predict(bundle, [images], str(whole), batch_size=2, workers=0, draw=True)
    counted.pictures = 0
    interrupted(counted, 4, bundle, images, out, draw=True)
    with (out / "predictions.jsonl").open("a") as file:
        file.write('{"file": "4.png", "predic')
    leftover = out / "drawn" / ".part.4.png"
    leftover.touch()
    predict(bundle, [images], str(out), resume=True, batch_size=2, workers=0, draw=True)
    assert rows(out) == rows(whole)
    assert not leftover.exists()


def test_unusable_files_are_tried_again_and_new_ones_are_added(bundle, images, tmp_path):
    out, bad = tmp_path / "out", tmp_path / "bad.png"
    bad.write_text("no image")
    predict(bundle, [str(bad)], str(out), workers=0)
    Image.new("RGB", (30, 30)).save(bad)
    inputs = [str(bad), f"{images}/0.png"]
    result = predict(bundle, inputs, str(out), resume=True, workers=0)
    assert (result.files, result.failed, result.earlier) == (2, 0, 0)
    assert [row["file"] for row in rows(out)] == inputs


def test_a_finished_call_has_nothing_left(bundle, images, tmp_path, counted):
    out = tmp_path / "out"
    predict(bundle, [images], str(out), resume=True, workers=0, draw=True)
    counted.stop = 0
    assert predict(bundle, [images], str(out), resume=True, workers=0, draw=True).earlier == 16


def test_other_settings_are_refused(bundle, images, tmp_path):
    out, one, two = str(tmp_path / "out"), {"top_k": 1}, {"top_k": 2}
    predict(bundle, [f"{images}/0.png"], out, workers=0, task_args=two)
    with pytest.raises(ValueError, match=r"--resume: .*out was made with other settings") as error:
        predict(bundle, [f"{images}/0.png"], out, workers=0, task_args=one, every=3, resume=True)
    assert "(every was 1, now 3; task-args.top-k was 2, now 1)" in str(error.value)
    torch.manual_seed(1)
    other = tmp_path / "other"
    make_bundle(classes=("ant", "bee")).save_pretrained(other)
    with pytest.raises(ValueError, match=r"\(bundle was \w{12}, now \w{12}\)"):
        predict(str(other), [f"{images}/0.png"], out, workers=0, task_args=two, resume=True)


def test_resume_needs_a_folder_with_settings(bundle, images, tmp_path):
    with pytest.raises(
        ValueError, match=r"--resume continues in a folder .* give it with --output"
    ):
        predict(bundle, [images], resume=True)
    (tmp_path / "predictions.jsonl").touch()
    with pytest.raises(FileNotFoundError, match=r"predictions\.jsonl but not settings\.json"):
        predict(bundle, [images], str(tmp_path), resume=True)


def test_a_damaged_line_is_named(bundle, images, tmp_path):
    predict(bundle, [f"{images}/0.png"], str(tmp_path / "out"), workers=0)
    with (tmp_path / "out" / "predictions.jsonl").open("a") as file:
        file.write("\0\0\0\n")
    with pytest.raises(ValueError, match=r"predictions\.jsonl, line 2: not a line that this"):
        predict(bundle, [f"{images}/0.png"], str(tmp_path / "out"), workers=0, resume=True)


def test_a_full_disk_says_how_to_continue(bundle, images, tmp_path, monkeypatch):
    def full(self, outcome):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cyclemlp.bundle.predictions.per_image.FilesPerImage.write", full)
    with pytest.raises(OSError, match=r"out cannot be written to \(No space left on device\)") as e:
        predict(bundle, [images], str(tmp_path / "out"), workers=0)
    assert str(e.value).endswith(f"repeat the command with --output {tmp_path}/out --resume")
