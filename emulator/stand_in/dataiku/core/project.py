"""``dataiku.Project``: variables."""

from dataiku.core.client import api_client
from dataiku.core.context import default_project_key

__all__ = ["Project"]


class Project:
    """Handle on a project, by default the current one."""

    def __init__(self, project_key=None):
        self.project_key = project_key or default_project_key()

    def get_variables(self):
        """Return ``{"standard": {}, "local": {}}``."""
        return api_client().get_project(self.project_key).get_variables()

    def set_variables(self, variables):
        """Replace the variables."""
        api_client().get_project(self.project_key).set_variables(variables)
