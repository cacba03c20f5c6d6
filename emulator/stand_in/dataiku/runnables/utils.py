"""Helpers of project creation macros. Source: plugin-components.md 7.3."""

import re

__all__ = ["get_admin_dss_client", "make_unique_project_key"]


def make_unique_project_key(client, name):
    """Return a free project key made from ``name``, e.g. ``MY_PROJECT_1``."""
    base = re.sub(r"[^A-Z0-9]+", "_", name.upper())
    taken = set(client.list_project_keys())
    key, number = base, 0
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return key


def get_admin_dss_client(creator, auth_info):
    """Refuse: the real one writes an admin key into the files of the data directory."""
    raise NotImplementedError("the stand-in makes no admin keys; run the macro with an admin key instead")
