"""Whether a value follows a JSON schema, for the part of JSON schema that `reasoning.schema` writes."""

from __future__ import annotations

import json
import re
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "null": (type(None),), "boolean": (bool,),
}  # fmt: skip


def follows(value: Any, schema: dict[str, Any]) -> bool:
    if "anyOf" in schema:
        return any(follows(value, one) for one in schema["anyOf"])
    if "enum" in schema:
        return any(type(value) is type(one) and value == one for one in schema["enum"])
    kind = schema.get("type")
    if kind is not None and type(value) not in _TYPES[kind]:
        return False
    if isinstance(value, dict):
        return _object_follows(value, schema)
    if isinstance(value, list):
        items, most = schema.get("items", {}), schema.get("maxItems", len(value))
        return schema.get("minItems", 0) <= len(value) <= most and all(follows(one, items) for one in value)
    if isinstance(value, str):
        pattern = schema.get("pattern")
        return len(value) <= schema.get("maxLength", len(value)) and (
            pattern is None or bool(re.search(pattern, value))
        )
    if isinstance(value, int) and not isinstance(value, bool):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    return True


def text_follows(text: str, schema: dict[str, Any]) -> bool:
    """Whether the text is one JSON value that follows the schema."""
    try:
        return follows(json.loads(text), schema)
    except (ValueError, RecursionError):
        return False


def _object_follows(value: dict[str, Any], schema: dict[str, Any]) -> bool:
    properties = schema.get("properties", {})
    if not all(name in value for name in schema.get("required", ())):
        return False
    if schema.get("additionalProperties") is False and not value.keys() <= properties.keys():
        return False
    return all(follows(one, properties[name]) for name, one in value.items() if name in properties)
