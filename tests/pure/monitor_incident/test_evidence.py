import hashlib
import io
import json
import zipfile
from datetime import datetime

import pytest

from odoo.addons.monitor_incident.tools.evidence import Damaged, encode, pack, verify

NOW = datetime(2026, 1, 5, 12, 30, 20)
PARTS = {"incident": {"name": "INC-1", "at": NOW}, "runs": [1, "é"]}
ABOUT = {"incident": "INC-1", "exported_at": NOW}


def files_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def repack(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_the_file():
    data = pack(PARTS, ABOUT, NOW)
    files = files_of(data)
    assert list(files) == ["incident.json", "manifest.json", "runs.json"]
    assert json.loads(files["runs.json"]) == [1, "é"]
    assert files["incident.json"].decode() == (
        '{\n  "at": "2026-01-05 12:30:20",\n  "name": "INC-1"\n}\n'
    )
    manifest = json.loads(files["manifest.json"])
    assert manifest["incident"] == "INC-1"
    assert manifest["files"]["runs.json"] == {
        "sha256": hashlib.sha256(files["runs.json"]).hexdigest(),
        "bytes": len(files["runs.json"]),
    }
    assert verify(data) == manifest


def test_the_same_gives_the_same_bytes():
    assert pack(PARTS, ABOUT, NOW) == pack(dict(reversed(PARTS.items())), ABOUT, NOW)


def test_it_is_packed_and_dated():
    data = pack({"long": "x" * 10_000}, ABOUT, NOW)
    assert len(data) < 2000
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.infolist()[0].date_time == (2026, 1, 5, 12, 30, 20)
    data = pack({}, {}, datetime(1970, 1, 1))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def test_texts_that_are_no_texts():
    assert encode("a\ud800é") == '"a?é"\n'.encode()


@pytest.mark.parametrize("damage", ["changed", "missing", "added"])
def test_damage_is_found(damage):
    files = files_of(pack(PARTS, ABOUT, NOW))
    if damage == "changed":
        files["runs.json"] = files["runs.json"].replace(b"1", b"2")
    elif damage == "missing":
        del files["runs.json"]
    else:
        files["more.json"] = b"{}"
    with pytest.raises(Damaged) as caught:
        verify(repack(files))
    assert str(caught.value) == ("more.json" if damage == "added" else "runs.json")
