"""Put an OpenAPI document together from the parts that addons bring."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

Document = Mapping[str, Any]


def merge(base: Document, parts: Iterable[Document]) -> dict[str, Any]:
    """Return ``base`` with all that ``parts`` add to it, at any depth.

    A part adds; it changes nothing. Raises ``ValueError`` where it would: two addons
    that describe the same route differently are a mistake.

    >>> merge({"paths": {"/a": 1}}, [{"paths": {"/b": 2}}])
    {'paths': {'/a': 1, '/b': 2}}
    >>> merge({"paths": {"/a": 1}}, [{"paths": {"/a": 2}}])
    Traceback (most recent call last):
    ...
    ValueError: described twice: paths /a
    """
    document = copy.deepcopy(dict(base))
    for part in parts:
        _add(document, part, ())
    return document


def _add(target: dict, part: Mapping, above: tuple[str, ...]) -> None:
    for key, value in part.items():
        if key not in target:
            target[key] = copy.deepcopy(value)
        elif isinstance(value, Mapping) and isinstance(target[key], dict):
            _add(target[key], value, (*above, key))
        elif target[key] != value:
            raise ValueError(f"described twice: {' '.join((*above, key))}")
