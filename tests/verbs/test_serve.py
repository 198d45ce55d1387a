import socket

import pytest

from cyclemlp.serving.connections.api_key import read_keys
from cyclemlp.verbs.serve import serve

from ..bundle.bundles import make_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "garden"
    make_bundle().save_pretrained(folder)
    return str(folder)


def test_a_port_in_use_is_named(bundle):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=f"--port {port}: cannot listen there .*another port"):
            serve([bundle], port=port, device="cpu")


def test_flags_are_checked_before_anything_is_loaded():
    with pytest.raises(ValueError, match="--max-batch must be at least 1, got 0"):
        serve(["nowhere"], max_batch=0)


@pytest.mark.parametrize(("text", "got"), [("", "none"), ("\nshort\n", "a shorter one")])
def test_a_file_of_keys_holds_long_keys(tmp_path, text, got):
    file = tmp_path / "keys"
    file.write_text(text)
    with pytest.raises(ValueError, match=f"--api-key-file .* got {got}; make one with"):
        read_keys(file)
    file.write_text("a" * 32 + "\n\n" + "b" * 32 + "\n")
    assert read_keys(file) == (b"a" * 32, b"b" * 32)


def test_a_host_that_is_no_name_is_refused(bundle):
    with pytest.raises(ValueError, match=r"--host a\.\.b --port 0: cannot listen there"):
        serve([bundle], host="a..b", port=0, device="cpu")
