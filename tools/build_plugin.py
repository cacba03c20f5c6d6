"""Builds ``dist/dss-plugin-dataiku-iac-<version>.zip``: ``python -m tools.build_plugin``.

Equal files give an equal archive, byte for byte, so that anybody can check what a node runs. Only what DSS reads goes in.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = ["build_plugin", "list_files", "main"]

ROOT: Final = Path(__file__).resolve().parent.parent
_FILES: Final = ("plugin.json", "LICENSE")
_FOLDERS: Final = ("python-lib/dataiku_iac", "python-runnables", "parameter-sets", "code-env", "resource")
_LEFT_OUT: Final = ("__pycache__", ".pyc", ".DS_Store", ".mypy_cache")
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say; time of day is no part of a version


def list_files(root: Path = ROOT) -> Iterator[Path]:
    """Yield what goes into the archive, relative to ``root``, sorted."""
    found = [root / name for name in _FILES]
    for folder in _FOLDERS:
        found += [path for path in (root / folder).rglob("*") if path.is_file()]
    for path in sorted(found):
        inside = path.relative_to(root)
        if not path.is_symlink() and not any(part in inside.as_posix() for part in _LEFT_OUT):
            yield inside


def build_plugin(target: Path | None = None, *, root: Path = ROOT) -> Path:
    """Write the archive and return its path; ``plugin.json`` stands at its root, as DSS demands [seen].

    Raises:
        ValueError: a descriptor is no strict JSON.
    """
    version = json.loads((root / "plugin.json").read_text(encoding="utf-8"))["version"]
    target = target or root / "dist" / f"dss-plugin-dataiku-iac-{version}.zip"
    files = list(list_files(root))
    for path in files:
        if path.suffix == ".json":
            json.loads((root / path).read_text(encoding="utf-8"))
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.as_posix(), _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3  # the same on every system
            archive.writestr(entry, (root / path).read_bytes())
    return target


def main() -> int:
    """Build and say what was built."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, help="where to write the archive")
    target = build_plugin(parser.parse_args().output)
    content = target.read_bytes()
    sys.stdout.write(f"{target} ({len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
