import numpy as np
import pytest

from cyclemlp.data.videos.opening import VideoError
from cyclemlp.data.videos.reading import frame_count, frame_rate, read_frames

from .video_data import SIZE, write_sound, write_video

STEADY = range(0, 400, 40)


def gray(frame):
    return float(np.asarray(frame.image)[32:, 32:].mean())


def red_corner(image):
    """Return in which corner the red square is, as (row, column) of 0 and 1."""
    pixels = np.asarray(image, np.float32)
    places = [
        (r, c)
        for r in (0, 1)
        for c in (0, 1)
        if pixels[-r * 8 : 8 - r * 8 or None, -c * 8 : 8 - c * 8 or None, 0].mean() > 180
    ]
    assert len(places) == 1
    return places[0]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".avi"])
def test_frames_have_numbers_times_and_pixels(tmp_path, suffix):
    video = str(write_video(tmp_path / f"a{suffix}", STEADY))
    frames = [*read_frames(video)]
    assert [frame.number for frame in frames] == [*range(10)]
    assert [frame.time for frame in frames] == pytest.approx([t / 1000 for t in STEADY], abs=2e-3)
    assert [gray(frame) for frame in frames] == pytest.approx(
        [20 + 4 * i for i in range(10)], abs=3
    )
    assert frames[0].image.size == SIZE


def test_every_third_frame_and_those_after_a_number(tmp_path):
    video = str(write_video(tmp_path / "a.mp4", STEADY))
    assert [frame.number for frame in read_frames(video, every=3)] == [0, 3, 6, 9]
    assert [frame.number for frame in read_frames(video, every=3, after=3)] == [6, 9]
    (last,) = read_frames(video, after=8)
    assert last.time == pytest.approx(0.36)


def test_a_variable_rate_keeps_each_frames_time(tmp_path):
    video = str(write_video(tmp_path / "a.mkv", [0, 40, 500, 1000]))
    times = [frame.time for frame in read_frames(video)]
    assert times == pytest.approx([0, 0.04, 0.5, 1], abs=2e-3)


@pytest.mark.parametrize(
    ("turn", "corner", "upright"),
    [
        ((0,), (0, 0), True),
        ((90,), (1, 0), False),
        ((180,), (1, 1), True),
        ((-90,), (0, 1), False),
        ((0, True), (0, 1), True),
        ((0, False, True), (1, 0), True),
    ],
)
def test_the_display_matrix_is_applied(tmp_path, turn, corner, upright):
    video = str(write_video(tmp_path / "a.mp4", [0, 40], turn=turn))
    first = next(iter(read_frames(video)))
    assert red_corner(first.image) == corner
    assert first.image.size == (SIZE if upright else SIZE[::-1])


def test_the_number_of_frames_is_known_before_they_are_read(tmp_path):
    video = str(write_video(tmp_path / "a.mp4", STEADY))
    assert (frame_count(video), frame_count(video, 3)) == (10, 4)
    assert frame_rate(video) == 25
    assert frame_count(str(tmp_path / "none.mp4")) == 1


def test_a_damaged_part_is_left_out_and_reported_after_the_rest(tmp_path):
    path = write_video(tmp_path / "a.mp4", range(0, 2000, 40), codec="libx264", gop=10)
    content = bytearray(path.read_bytes())
    middle = slice(len(content) // 3, len(content) // 2)
    content[middle] = bytes(255 - byte for byte in content[middle])
    path.write_bytes(content)
    frames = []
    with pytest.raises(VideoError, match=r"a\.mp4: damaged or cut off.*the other \d+ frames are"):
        frames.extend(read_frames(str(path)))  # keeps what came before the error
    assert 5 < len(frames) < 50
    assert max(frame.time for frame in frames) > 1.8


def test_a_video_cut_off_behind_its_index_gives_what_is_there(tmp_path):
    path = write_video(tmp_path / "a.mp4", STEADY, options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[:-300])
    frames = []
    with pytest.raises(VideoError, match=r"a\.mp4: damaged or cut off"):
        frames.extend(read_frames(str(path)))
    assert 0 < len(frames) < 10


def unusable(path, kind):
    if kind == "sound":
        return write_sound(path)
    if kind == "no frames":
        return write_video(path.with_suffix(".avi"), [])
    if kind == "cut off":
        write_video(path, STEADY)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 4])
    elif kind == "text":
        path.write_text("no video")
    elif kind == "empty":
        path.touch()
    elif kind == "folder":
        path.mkdir()
    elif kind == "broken link":
        path.symlink_to("gone.mp4")
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("sound", "has no video stream, only sound"),
        ("no frames", "has no frames"),
        ("cut off", "not a video of a known format, or damaged or cut off where its index is"),
        ("text", "not a video of a known format"),
        ("empty", "empty file"),
        ("folder", "cannot be opened: Is a directory"),
        ("broken link", "a link to gone.mp4, which does not exist"),
        ("missing", "no such file"),
    ],
)
def test_an_unusable_video_is_named_with_its_reason(tmp_path, kind, message):
    path = unusable(tmp_path / "a.mp4", kind)
    with pytest.raises((VideoError, FileNotFoundError)) as error:
        next(read_frames(str(path)))
    assert str(error.value).startswith(f"{path}: {message}")
    assert "Errno" not in str(error.value)


def test_without_pyav_the_message_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(
        VideoError, match=r"a\.mp4: videos need PyAV.*pip install 'cyclemlp\[video\]'"
    ):
        next(read_frames("a.mp4"))


def test_a_playlist_named_as_a_video_opens_no_address(tmp_path):
    playlist = tmp_path / "a.mp4"
    playlist.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(VideoError):
        next(read_frames(str(playlist)))
