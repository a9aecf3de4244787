"""One file that holds all that is known of an incident, and proves itself complete."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any

MANIFEST = "manifest.json"
_FIRST = datetime(1980, 1, 1)  # a ZIP knows nothing earlier


class Damaged(ValueError):
    """A file is missing, was added or is not what the manifest says."""


def encode(value: Any) -> bytes:
    """Return JSON for people and machines; the same value gives the same bytes.

    >>> encode({"b": 1, "a": datetime(2026, 1, 5)}).decode().split()
    ['{', '"a":', '"2026-01-05', '00:00:00",', '"b":', '1', '}']
    """
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str)
    return f"{text}\n".encode(errors="replace")


def pack(parts: Mapping[str, Any], about: Mapping[str, Any], now: datetime) -> bytes:
    """Return a ZIP with a JSON file for each of ``parts``, and a manifest.

    :param parts: ``{name without .json: value}``
    :param about: what stands in the manifest besides: who exported what, and when
    :param now: time stamp of the files
    """
    files = {f"{name}.json": encode(value) for name, value in parts.items()}
    told = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in files.items()
    }
    files[MANIFEST] = encode({**about, "files": told})
    buffer = io.BytesIO()
    moment = max(now, _FIRST)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, moment.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return buffer.getvalue()


def verify(data: bytes) -> dict[str, Any]:
    """Return the manifest of a ZIP of :func:`pack` whose files are what it says.

    :raises Damaged: naming the file
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist()) - {MANIFEST}
        manifest = json.loads(archive.read(MANIFEST))
        told = manifest["files"]
        for name in sorted(names ^ told.keys()):
            raise Damaged(name)
        for name, known in told.items():
            if hashlib.sha256(archive.read(name)).hexdigest() != known["sha256"]:
                raise Damaged(name)
    return manifest
