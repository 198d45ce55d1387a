"""Requests that another page makes a browser send, and what browsers are told."""

import socket

import pytest

from cyclemlp.serving.connections.addressed import allowed_hosts
from cyclemlp.serving.connections.api_key import read_keys

from .served import post, served
from .test_faults import refused


@pytest.mark.parametrize("host", ["evil.example:80", "127.0.0.1.evil.example", "", "[", "10.0.0.1"])
def test_a_name_that_was_made_to_mean_this_machine_is_refused(client, host):
    refused(post(client, headers={"Host": host}), 421, "localhost", "--allow-host")
    refused(client.get("/v1/models", headers={"Host": host}), 421)


@pytest.mark.parametrize("host", ["localhost:1", "LOCALHOST", "[::1]:8000", "shown.test"])
def test_names_of_this_machine_and_allowed_ones_are_answered(client, host):
    assert post(client, headers={"Host": host}).status_code == 200


def test_another_page_cannot_send(client):
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "http://["):
        refused(post(client, headers={"Origin": origin}), 403, "Origin")
    own = str(client.base_url).rstrip("/")
    for origin in (own, "https://shown.test"):
        assert post(client, headers={"Origin": origin}).status_code == 200


def test_an_interface_takes_any_name_until_some_are_given():
    assert allowed_hosts("0.0.0.0", ()) is None
    local = {"localhost", "127.0.0.1", "::1"}
    assert allowed_hosts("0.0.0.0", ["A.test"]) == local | {"a.test", "0.0.0.0"}
    assert allowed_hosts("::1", ()) == local


def test_every_answer_forbids_guessing_its_type(client):
    for answer in (client.get("/v1/models"), client.get("/nothing"), post(client)):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_health_check_without_host_is_answered_at_an_interface():
    for hosts, status in ((None, b" 200 "), (allowed_hosts("127.0.0.1", ()), b" 421 ")):
        with served(hosts=hosts) as client:
            place = client.base_url.host, client.base_url.port
            with socket.create_connection(place) as line:
                line.sendall(b"GET /health HTTP/1.0\r\n\r\n")
                assert status in line.recv(100)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_keys_are_read_as_editors_write_them(tmp_path, encoding):
    file = tmp_path / "keys"
    file.write_text(f"{'a' * 32}\r\n{'b' * 16}\r\n", encoding)
    file.chmod(0o600)
    assert read_keys(file) == (b"a" * 32, b"b" * 16)


def test_keys_that_others_can_read_are_reported(tmp_path, caplog):
    file = tmp_path / "keys"
    file.write_text("a" * 32)
    file.chmod(0o600)
    assert read_keys(file) == (b"a" * 32,)
    assert not caplog.records
    file.chmod(0o644)
    read_keys(file)
    assert "chmod 600" in caplog.text
