"""The desk is written against the API as it is: its copy of the OpenAPI document is current."""

from __future__ import annotations

import json
from pathlib import Path

from backend.serve import openapi_document

COPY = Path(__file__).parents[2] / "web" / "openapi.json"


def test_the_desks_copy_of_the_document_is_current() -> None:
    """If not: `aftercare openapi > web/openapi.json && npm run schema --prefix web`."""
    assert json.loads(COPY.read_text("utf-8")) == openapi_document()
