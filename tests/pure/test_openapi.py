"""The committed OpenAPI document is what the parts in the addons make."""

import importlib.util
import json
import os
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

REPO = Path(os.path.abspath(__file__)).parents[2]
STALE = "run setup/lib/gen_openapi.py"


def generator():
    path = REPO / "setup" / "lib" / "gen_openapi.py"
    spec = importlib.util.spec_from_file_location("gen_openapi", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_document_is_fresh():
    assert (REPO / "docs" / "openapi.json").read_text() == generator().text(), STALE


def test_the_document_is_valid():
    document = json.loads((REPO / "docs" / "openapi.json").read_text())
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1.")
