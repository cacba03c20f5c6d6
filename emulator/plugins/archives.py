"""From the bytes of a plugin archive to a directory. ``plugin.json`` must lie at the root of the zip [doc, seen]."""

import io
import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from emulator.json_text import JsonObject
from emulator.plugins.descriptors import BadDescriptor, parse_lenient
from emulator.plugins.errors import bad_archive

__all__ = ["read_descriptor", "unpack"]

_DESCRIPTOR: Final = "plugin.json"


def read_descriptor(content: bytes) -> JsonObject:
    """Return ``plugin.json`` of an archive.

    Raises:
        DssError: no zip, no ``plugin.json`` at its root, or one without an id.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if _DESCRIPTOR not in archive.namelist():
                raise bad_archive("no plugin.json at the root of the archive")
            descriptor = parse_lenient(archive.read(_DESCRIPTOR).decode())
    except (zipfile.BadZipFile, UnicodeDecodeError, BadDescriptor) as error:
        raise bad_archive(str(error)) from error
    if not isinstance(descriptor.get("id"), str) or not descriptor["id"]:
        raise bad_archive("plugin.json has no id")
    return descriptor


def unpack(content: bytes, directory: Path) -> None:
    """Write the files of an archive into ``directory``.

    Raises:
        DssError: a name in the archive points outside.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for item in archive.infolist():
            path = PurePosixPath(item.filename)
            if path.is_absolute() or ".." in path.parts:
                raise bad_archive(f"{item.filename} leaves the plugin's directory")
        archive.extractall(directory)  # names were checked above
