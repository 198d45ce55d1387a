import subprocess
import sys


def test_the_module_runs_as_the_command(bundle, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    command = [sys.executable, "-m", "cyclemlp", "predict", bundle, str(tmp_path / "bad.png")]
    done = subprocess.run(
        [*command, "--output", str(tmp_path / "out"), "--workers", "0"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "unusable" in done.stdout
    assert f"1 file, 1 of them unusable; all are in {tmp_path}/out/predictions.jsonl" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""  # no progress bar, and no line of one
