"""Judges JSON by Microsoft's own OpenAPI 2.0 files: types, required and unknown fields, enums, lengths."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Any
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


@dataclass(frozen=True)
class Specification:
    """One OpenAPI file, in the `openapi` folder of the specifications."""

    folder: Path
    document: Json

    @classmethod
    def read(cls, folder: Path, name: str) -> "Specification":
        return cls(folder, json.loads((folder / "openapi" / name).read_text(encoding="utf-8")))

    def faults(self, value: Json, definition: str) -> list[str]:
        """What is wrong with a value of this definition; fields that the definition does not know are wrong too."""
        return list(self._faults(value, self.document["definitions"][definition], definition))

    def _faults(self, value: Json, schema: Json, path: str) -> Iterator[str]:
        schema = self._variant(self._resolved(schema), value)
        kind = schema.get("type")
        if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
            yield f"{path} is no {kind}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{path} is none of {schema['enum']}"
        if isinstance(value, str) and not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**9):
            yield f"{path} has {len(value)} characters"
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from self._faults(item, schema.get("items", {}), f"{path}[{number}]")
        if isinstance(value, dict) and "properties" in schema:
            yield from self._field_faults(value, schema, path)

    def _field_faults(self, value: Json, schema: Json, path: str) -> Iterator[str]:
        yield from (f"{path}.{name} is missing" for name in schema.get("required", []) if name not in value)
        for name, field in value.items():
            if name in schema["properties"]:
                yield from self._faults(field, schema["properties"][name], f"{path}.{name}")
            elif "additionalProperties" not in schema:
                yield f"{path}.{name} is not in the specification"

    def _variant(self, schema: Json, value: Json) -> Json:
        """The definition that a discriminator such as `kind` chooses, if there is one."""
        chosen = value.get(schema["discriminator"]) if "discriminator" in schema and isinstance(value, dict) else None
        variants = self.document["definitions"].values()
        found = [each for each in variants if chosen and each.get("x-ms-discriminator-value") == chosen]
        for variant in map(self._resolved, found):
            if set(schema["properties"]) <= set(variant["properties"]):  # another base has variants of that name too
                return variant
        return schema

    def _resolved(self, schema: Json) -> Json:
        """Without references, and with what `allOf` adds."""
        if "$ref" in schema:
            file, _, pointer = schema["$ref"].partition("#/definitions/")
            source = Specification.read(self.folder, "common-types-v1.json") if file else self
            return source._resolved(source.document["definitions"][pointer])
        merged = {**schema, "properties": dict(schema.get("properties", {})), "required": [*schema.get("required", [])]}
        for parent in map(self._resolved, schema.get("allOf", [])):
            merged["properties"].update(parent["properties"])
            merged["required"] += parent["required"]
        return merged if merged["properties"] else schema


def shape(value: Json) -> Json:
    """The names and types of a value, without the values: what a sample event and one of ours must share."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in sorted(value.items())}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__
