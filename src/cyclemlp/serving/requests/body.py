"""The body of a request: a file in a form, or base64 in JSON. No path and no URL is opened."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from cyclemlp.serving.faults import Fault

_FORM = "send a form with the field file, as: curl -F file=@picture.jpg"
_JSON = 'send {"image": "…"} with the file in base64'
_SIGNS, _MOST_SIGNS = (b'"', b",", b"[", b"{"), 32  # of a body's structure


class Upload(NamedTuple):
    """A file that a client sent.

    Attributes:
        name: as the client calls it; only repeated in the answer.
        data: the content.
    """

    name: str
    data: bytes


async def read_upload(request: Request, max_bytes: int) -> Upload:
    """Read the picture's file from a request. It stays in memory.

    Args:
        request: its body is bounded by `Receiving`.
        max_bytes: up to which size a form's file is kept in memory.

    Raises:
        Fault: the body is not as the rule says.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _from_form(request, max_bytes)
    if kind == "application/json":
        return Upload("", _from_json(await request.body()))
    rule = "a body is multipart/form-data or application/json"
    raise Fault(415, rule, repr(kind[:60]) if kind else "no Content-Type", f"{_FORM}; or {_JSON}")


async def _from_form(request: Request, max_bytes: int) -> Upload:
    parser = MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=0)
    parser.spool_max_size = max_bytes  # pictures do not touch the disk
    rule = "a form has one file, in the field file, and nothing else"
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, UnicodeError) as error:
        reason = getattr(error, "message", "a form that cannot be read")
        raise Fault(400, rule, str(reason), _FORM) from None
    file = form.get("file")
    if not isinstance(file, UploadFile) or len(form.multi_items()) > 1:
        names = ", ".join(repr(name[:30]) for name in form) or "no field"
        raise Fault(422, rule, names, _FORM)
    return Upload(file.filename or "", await file.read())


class _RepeatedKeyError(Exception):
    """An object of JSON has a key twice; no `ValueError`, which is text that is not JSON."""


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise _RepeatedKeyError
    return dict(pairs)


def _from_json(body: bytes) -> bytes:
    rule = "a JSON body is an object with the one key image, a string of base64"
    if sum(map(body.count, _SIGNS)) > _MOST_SIGNS:  # parsing would hold up all other requests
        raise Fault(422, rule, "more than that", _JSON)
    try:
        content: Any = json.loads(body, object_pairs_hook=_unrepeated)
    except _RepeatedKeyError:
        raise Fault(422, rule, "a repeated key", _JSON) from None
    except (ValueError, RecursionError):
        raise Fault(400, rule, "text that is not JSON", _JSON) from None
    if not isinstance(content, dict) or set(content) != {"image"}:
        got = sorted(content) if isinstance(content, dict) else type(content).__name__
        raise Fault(422, rule, str(got)[:60], _JSON)
    try:
        return base64.b64decode(content["image"], validate=True)
    except (binascii.Error, TypeError, ValueError):
        got = "text that is not base64" if isinstance(content["image"], str) else "another type"
        raise Fault(422, rule, got, _JSON) from None
