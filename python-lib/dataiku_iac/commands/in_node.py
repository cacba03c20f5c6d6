"""What only code inside a DSS node can know. The one place of the engine that imports ``dataiku``, and only when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dataikuapi import DSSClient

from dataiku_iac.core.errors import Defect, OutcomeUnknown

__all__ = ["FolderPlace", "LocalNode"]


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """Where the files of a managed folder are: ``type`` is ``S3``, ``Filesystem``, …; empty values are not told."""

    type: str
    bucket: str = ""
    root: str = ""
    path: str = ""


class LocalNode:
    """The node that runs this process."""

    def client(self) -> DSSClient:
        """Return a client with the rights of the user who runs the macro (plugin-components.md 14.6)."""
        import dataiku

        client = dataiku.api_client()
        if not isinstance(client, DSSClient):
            raise Defect("dataiku.api_client() gave something else than a client")
        return client

    def project(self) -> str:
        """Return the key of the project that the code runs in."""
        import dataiku

        return str(dataiku.default_project_key())

    def folder_place(self, project: str, folder: str) -> FolderPlace:
        """Return where the managed folder ``folder`` (id or name) of ``project`` keeps its files.

        ``accessInfo`` of S3 folders is ``{bucket, root}`` with every variable expanded (api-flow.md 8.4).
        """
        import dataiku

        info = dataiku.Folder(folder, project_key=project).get_info()
        access = info.get("accessInfo")
        access = access if isinstance(access, Mapping) else {}
        return FolderPlace(
            type=str(info.get("type") or ""),
            bucket=str(access.get("bucket") or ""),
            root=str(access.get("root") or ""),
            path=str(info.get("path") or ""),
        )

    def upload(self, project: str, folder: str, path: str, content: bytes) -> None:
        """Write one file of a managed folder.

        Raises:
            OutcomeUnknown: the folder API failed; whether the file is there is not known.
        """
        import dataiku

        try:
            dataiku.Folder(folder, project_key=project).upload_data(path, content)
        except Exception as error:
            # dataiku raises bare Exceptions; their text is all there is to tell.
            raise OutcomeUnknown(
                f"{path} could not be written: {error}",
                where=f"managed folder {folder} of project {project}",
                next_step="check the folder and the right to write to it; then run again with overwrite",
            ) from error
