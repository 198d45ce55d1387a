"""`predict` on videos."""

import json

import numpy as np
import pytest
from PIL import Image

from cyclemlp.bundle.loading import load
from cyclemlp.data.videos.reading import read_frames
from cyclemlp.verbs.predict import predict

from ..data.videos.video_data import write_sound, write_video

TIMES = [0, 40, 80, 500, 1000]


@pytest.fixture
def clip(tmp_path):
    return str(write_video(tmp_path / "clip.mp4", TIMES, size=(192, 160)))


def rows(output):
    return [json.loads(line) for line in (output / "predictions.jsonl").read_text().splitlines()]


def test_images_come_first_and_each_frame_has_a_line(bundle, clip, tmp_path):
    image = str(tmp_path / "a.png")
    Image.new("RGB", (30, 30)).save(image)
    result = predict(bundle, [clip, image], str(tmp_path / "out"), batch_size=2, workers=0)
    found = rows(tmp_path / "out")
    assert [row["file"] for row in found] == [image] + [clip] * 5
    assert [(row["frame"], row["time"]) for row in found[1:]] == [
        (number, pytest.approx(time / 1000)) for number, time in enumerate(TIMES)
    ]
    predictor = load(bundle)
    for row, frame in zip(found[1:], read_frames(clip), strict=True):
        expected = predictor(frame.image).to_dict()
        assert row["prediction"]["probability"] == pytest.approx(expected["probability"], abs=1e-6)
    assert result.to_dict() | {"predictions": ""} == {
        "files": 2, "failed": 0, "frames": 5, "predictions": ""
    }  # fmt: skip


def test_every_second_frame_is_drawn_at_its_time(bundle, clip, tmp_path):
    predict(bundle, [clip], str(tmp_path / "out"), every=2, draw=True, save=True, workers=0)
    found = rows(tmp_path / "out")
    assert [row["frame"] for row in found] == [0, 2, 4]
    assert {row["drawn"] for row in found} == {"drawn/clip.mp4"}
    assert [row["saved"] for row in found] == [f"saved/clip/{n:06}.json" for n in (0, 2, 4)]
    assert json.loads((tmp_path / "out" / found[1]["saved"]).read_text()) == found[1]["prediction"]
    drawn = [*read_frames(str(tmp_path / "out" / "drawn" / "clip.mp4"))]
    assert [frame.time for frame in drawn] == pytest.approx([0, 0.08, 1], abs=1e-3)
    width, height = drawn[0].image.size
    assert (width, height >= 160) == (192, True)
    label = np.asarray(drawn[0].image)[160:]  # classification writes the label below
    assert label.max() > 200


def test_unusable_videos_do_not_stop_the_others(bundle, clip, tmp_path):
    sound = str(write_sound(tmp_path / "sound.mp4"))
    text = tmp_path / "text.mov"
    text.write_text("no video")
    result = predict(bundle, [sound, str(text), clip], str(tmp_path / "out"), workers=0, draw=True)
    assert (result.files, result.failed, result.frames) == (3, 2, 5)
    errors = [row["error"] for row in rows(tmp_path / "out")[:2]]
    assert errors[0] == f"{sound}: has no video stream, only sound"
    assert errors[1].startswith(f"{text}: not a video of a known format")
