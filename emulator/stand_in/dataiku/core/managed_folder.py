"""``dataiku.Folder`` over the public API; the place of the files comes from the node's private call. Source: plugin-components.md 14.3."""

import io
import json
import mimetypes
import os
from pathlib import Path

from dataiku.core.client import api_client
from dataiku.core.context import split_reference
from dataiku.core.intercom import backend_json_call

__all__ = ["Folder", "ManagedFolderWriter"]


class Folder:
    """Handle on a managed folder by id or name (the id wins), ``PROJECT.id`` for one of another project."""

    def __init__(self, lookup, project_key=None, ignore_flow=False):
        self.lookup = lookup
        self.project_key, wanted = split_reference(lookup, project_key)
        self._project = api_client().get_project(self.project_key)
        listed = self._project.list_managed_folders()
        found = [item for item in listed if item["id"] == wanted] or [
            item for item in listed if item.get("name") == wanted
        ]
        if not found:
            raise Exception(f"Managed folder {wanted} cannot be found in project {self.project_key}")
        self.short_name = found[0].get("name")
        self.name = "{}.{}".format(self.project_key, found[0]["id"])
        self._id = found[0]["id"]
        self._folder = self._project.get_managed_folder(self._id)

    def get_id(self):
        """Return the id."""
        return self._id

    def get_name(self):
        """Return the name."""
        return self.short_name

    def get_info(self, sensitive_info=False):
        """Return id, type and ``accessInfo``; with credentials if asked and allowed to read the connection's details."""
        query = {"projectKey": self.project_key, "folderId": self._id, "sensitiveInfo": sensitive_info}
        return backend_json_call("managed-folders/get-info", query)

    def get_path(self):
        """Return the directory of a folder on the local file system; raises for every other kind."""
        info = self.get_info()
        if "path" not in info:
            raise Exception(
                "Folder is not on the local filesystem (uses {}), cannot perform direct filesystem access. "
                "Use the read/write API instead.".format(info.get("type"))
            )
        Path(info["path"]).mkdir(parents=True, exist_ok=True)
        return info["path"]

    def file_path(self, filename):
        """Return the path of a file of a folder on the local file system."""
        root = os.path.normpath(self.get_path())
        path = os.path.normpath(f"{root}/{filename}")
        if not path.startswith(root + os.sep):
            raise Exception(f"{filename} is not in folder")
        return path

    def is_partitioning_directory_based(self):
        """Return whether the folder is partitioned by directories."""
        return bool(self.get_info().get("directoryBasedPartitioning"))

    def list_paths_in_partition(self, partition=""):
        """Return the paths of all files, each with a leading slash."""
        if partition:
            raise NotImplementedError("the stand-in for dataiku.Folder does not know partitions")
        return [item["path"] for item in self._folder.list_contents()["items"]]

    def get_path_details(self, path="/"):
        """Return what lies at ``path``: a file, a directory with its children one level down, or nothing (``exists: False``)."""
        items = {item["path"]: item for item in self._folder.list_contents()["items"]}
        full = "/" + path.strip("/")
        if full in items:
            return _file_details(items[full])
        below = full.rstrip("/") + "/"
        names = sorted({name[len(below) :].split("/", 1)[0] for name in items if name.startswith(below)})
        if not names and full != "/":
            return {"exists": False, "directory": False, "fullPath": full, "size": 0, "lastModified": 0}
        children = [
            _file_details(items[below + name])
            if below + name in items
            else {"exists": True, "directory": True, "fullPath": below + name}
            for name in names
        ]
        return {"exists": True, "directory": True, "fullPath": full, "size": 0, "lastModified": 0, "children": children}

    def get_download_stream(self, path):
        """Return a file-like over the content, not seekable; raises if there is no such file."""
        return _Download(self._folder.get_file(path))

    def upload_stream(self, path, f):
        """Create or replace a file from a file-like."""
        self._folder.put_file(path, f)

    def upload_file(self, path, file_path):
        """Create or replace a file from a local one."""
        with Path(file_path).open("rb") as stream:
            self.upload_stream(path, stream)

    def upload_data(self, path, data):
        """Create or replace a file from bytes."""
        self.upload_stream(path, io.BytesIO(data))

    def get_writer(self, path):
        """Return a writer; the file appears when it is closed."""
        return ManagedFolderWriter(self, path)

    def read_json(self, path):
        """Return the value in a JSON file."""
        with self.get_download_stream(path) as stream:
            return json.loads(stream.read())

    def write_json(self, path, obj):
        """Write a JSON file."""
        self.upload_data(path, json.dumps(obj).encode("utf-8"))

    def delete_path(self, path):
        """Remove a file, or a directory with all below it."""
        below = "/" + path.strip("/") + "/"
        for name in self.list_paths_in_partition():
            if name == below[:-1] or name.startswith(below):
                self._folder.delete_file(name)

    def clear_path(self, path):
        """Old name of ``delete_path``."""
        self.delete_path(path)

    def clear(self):
        """Remove every file."""
        for name in self.list_paths_in_partition():
            self._folder.delete_file(name)


class ManagedFolderWriter:
    """Gathers what is written and uploads it at the end."""

    def __init__(self, folder, path):
        self._folder = folder
        self._path = path
        self._buffer = io.BytesIO()

    def write(self, data):
        """Add bytes."""
        return self._buffer.write(data)

    def close(self):
        """Upload the file."""
        if self._buffer is not None:
            self._folder.upload_data(self._path, self._buffer.getvalue())
            self._buffer = None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_rest):
        if kind is None:
            self.close()


class _Download(io.RawIOBase):
    """The body of an answer as a stream that cannot seek, like the real one."""

    def __init__(self, answer):
        self._answer = answer

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self._answer.raw.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self):
        self._answer.close()
        super().close()


def _file_details(item):
    return {
        "exists": True,
        "directory": False,
        "fullPath": item["path"],
        "size": item["size"],
        "lastModified": item["lastModified"],
        "mimeType": mimetypes.guess_type(item["path"])[0] or "application/octet-stream",
    }
