"""Stand-in for the package ``dataiku`` that code inside a node imports, for code that the emulated node starts.

Same names, all over the node's HTTP API as the user who runs the code. What is not here raises an ``AttributeError`` or says that the
stand-in cannot do it; nothing pretends. Source: plugin-components.md 14.
"""

from dataiku.core.client import api_client, clear_remote_dss, set_remote_dss
from dataiku.core.context import default_project_key, get_custom_variables, set_default_project_key
from dataiku.core.dataset import Dataset
from dataiku.core.managed_folder import Folder
from dataiku.core.project import Project

__all__ = [
    "Dataset",
    "Folder",
    "Project",
    "api_client",
    "clear_remote_dss",
    "default_project_key",
    "get_custom_variables",
    "set_default_project_key",
    "set_remote_dss",
]
