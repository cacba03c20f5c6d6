"""Current project and its variables."""

import json
import os

from dataiku.core.client import api_client

__all__ = ["default_project_key", "get_custom_variables", "set_default_project_key", "split_reference"]


def default_project_key():
    """Return the key of the current project; raises if there is none."""
    key = os.environ.get("DKU_CURRENT_PROJECT_KEY")
    if not key:
        raise Exception("Default project key is not specified (no DKU_CURRENT_PROJECT_KEY in env)")
    return key


def set_default_project_key(key):
    """Set the current project, for code outside DSS."""
    os.environ["DKU_CURRENT_PROJECT_KEY"] = key


def get_custom_variables(project_key=None, typed=False):
    """Return the project's variables in one flat dict, local ones winning; strings unless ``typed``.

    The real one adds the variables of the instance; the emulated node has none.
    """
    variables = api_client().get_project(project_key or default_project_key()).get_variables()
    merged = {**variables.get("standard", {}), **variables.get("local", {})}
    if typed:
        return merged
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in merged.items()}


def split_reference(reference, project_key=None):
    """Return ``(project key, name)`` of ``name`` or ``PROJECT.name``."""
    if project_key is None and "." in reference:
        key, name = reference.split(".", 1)
        return key, name
    return project_key or default_project_key(), reference
