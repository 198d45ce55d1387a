"""Access with a key."""

from __future__ import annotations

import base64
import codecs
import hmac
import logging
from collections.abc import Sequence
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from cyclemlp.serving.faults import Fault

OPEN = ("/health", "/ready")
"""Paths that need no key: what a supervisor asks."""

_SHORTEST = 16
_log = logging.getLogger("cyclemlp.serving")


def read_keys(path: str | Path) -> tuple[bytes, ...]:
    """Read the keys of a file, one per line.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no key, or a key shorter than 16 characters.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"--api-key-file {path}: no such file; write a key into it")
    lines = _text(file).splitlines()
    keys = tuple(line.strip().encode() for line in lines if line.strip())
    if not keys or min(map(len, keys)) < _SHORTEST:
        raise ValueError(
            f"--api-key-file {path}: a key per line, of at least {_SHORTEST} characters; got "
            f"{'a shorter one' if keys else 'none'}; make one with: openssl rand -hex 32"
        )
    if file.stat().st_mode & 0o077:
        _log.warning("--api-key-file %s: other users can read it; use: chmod 600 %s", path, path)
    return keys


def _text(file: Path) -> str:
    """Return the text of a file; editors and shells of Windows mark it by its first bytes."""
    data = file.read_bytes()
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8-sig", "replace")


class ApiKey:
    """Middleware that refuses requests without a key.

    A key is the bearer token, the header ``X-API-Key``, or, for browsers, the password of basic
    authentication.

    Args:
        app: the application.
        keys: valid keys.
    """

    def __init__(self, app: ASGIApp, keys: Sequence[bytes]) -> None:
        self._app, self._keys = app, tuple(keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and scope["path"] not in OPEN:
            given = _given(Headers(scope=scope))
            if given is None or not self._valid(given):
                received = "none" if given is None else "another one"
                await _refusal(received).response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _valid(self, given: bytes) -> bool:
        """Compare with every key, in a time that does not tell how much of one is right."""
        matches = [hmac.compare_digest(key, given) for key in self._keys]  # all of them
        return any(matches)


def _refusal(received: str) -> Fault:
    remedy = "send the header Authorization: Bearer KEY"
    challenge = 'Basic realm="cyclemlp", Bearer'
    return Fault(401, "a request has an API key", received, remedy, WWW_Authenticate=challenge)


def _given(headers: Headers) -> bytes | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode("latin-1")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).partition(b":")[2]
        except ValueError:  # binascii.Error is one; text that is not ASCII raises another
            return b""
    key = headers.get("x-api-key")
    return None if key is None else key.encode("latin-1")
