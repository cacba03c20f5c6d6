"""A recipe is two files: ``NAME.json`` and the payload, ``NAME.<extension>``. Source: object-shapes.md 1 (7), 7.1."""

from collections.abc import Mapping
from typing import Final

from emulator.json_text import JsonObject
from emulator.projects.project import Project

__all__ = ["RecipeFiles", "extension_of"]

FOLDER: Final = "recipes"
_EXTENSIONS: Final[Mapping[str, str]] = {
    "python": "py",
    "pyspark": "py",
    "r": "r",
    "sparkr": "r",
    "sql_query": "sql",
    "sql_script": "sql",
    "spark_sql_query": "sql",
    "shell": "shell",
    "spark_scala": "scala",
    "streaming_spark_scala": "scala",
    "julia": "jl",
}


def extension_of(recipe_type: str) -> str:
    """Return the extension of a payload file: the language of code, else the type itself (``.join``)."""
    return _EXTENSIONS.get(recipe_type, recipe_type)


class RecipeFiles:
    """Heads and payloads of a project's recipes."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.heads = project.family(FOLDER, "RECIPE")

    def payload(self, name: str) -> str | None:
        """Return the payload text, or ``None`` if no such file was ever written."""
        raw = self._project.disk.read(self._payload_file(name))
        return None if raw is None else raw.decode("utf-8", "surrogateescape")

    def create(self, name: str, head: JsonObject, payload: str | None, identity: str) -> None:
        """Store a new recipe. The payload goes first: a head never stands without the payload it was saved with."""
        self._write_payload(name, head, payload)
        self.heads.create(name, head, identity)

    def save(self, name: str, head: JsonObject, payload: str | None, identity: str) -> None:
        """Replace both halves; ``payload=None`` leaves the payload as it is."""
        self._write_payload(name, head, payload)
        self.heads.save(name, head, identity)

    def delete(self, name: str) -> None:
        """Remove both files."""
        payload = self._payload_file(name)
        self.heads.delete(name)
        self._project.disk.delete(payload)

    def rename(self, old: str, new: str) -> None:
        """Move both files."""
        extension = extension_of(str((self.heads.get(old) or {}).get("type")))
        self._project.disk.rename(f"{FOLDER}/{old}.{extension}", f"{FOLDER}/{new}.{extension}")
        self.heads.rename(old, new)

    def _payload_file(self, name: str) -> str:
        return f"{FOLDER}/{name}.{extension_of(str((self.heads.get(name) or {}).get('type')))}"

    def _write_payload(self, name: str, head: JsonObject, payload: str | None) -> None:
        if payload is not None:
            content = payload.encode("utf-8", "surrogateescape")
            self._project.disk.write(f"{FOLDER}/{name}.{extension_of(str(head.get('type')))}", content)
