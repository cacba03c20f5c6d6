"""Writes the JSON Schema of the language for editors: ``python -m dataiku_iac.commands.language_schema PATH``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from dataiku_iac.config.json_schema import language_schema_text
from dataiku_iac.resources.registry import KINDS

__all__ = ["main", "write_language_schema"]


def write_language_schema(path: Path) -> None:
    """Write the schema of all kinds to ``path``, usually ``resource/dataiku-iac.schema.json``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(language_schema_text(KINDS), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Write the schema to the one path given."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m dataiku_iac.commands.language_schema PATH\n")
        return 2
    write_language_schema(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
