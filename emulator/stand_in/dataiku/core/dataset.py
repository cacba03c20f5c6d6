"""``dataiku.Dataset``, the small part that needs no data engine. Source: plugin-components.md 14.4."""

from dataiku.core.client import api_client
from dataiku.core.context import default_project_key, split_reference

__all__ = ["Dataset"]


class Dataset:
    """Handle on a dataset by ``name`` or ``PROJECT.name``; lazy, errors come at first use."""

    def __init__(self, name, project_key=None, ignore_flow=False):
        self.project_key, self.short_name = split_reference(name, project_key)
        self.name = self.full_name = f"{self.project_key}.{self.short_name}"

    @staticmethod
    def list(project_key=None):
        """Return the names of the datasets of a project."""
        return [item["name"] for item in api_client().get_project(project_key or default_project_key()).list_datasets()]

    def get_config(self):
        """Return the definition."""
        return self._handle().get_definition()

    def read_schema(self, raise_if_empty=True):
        """Return the columns; raises for an empty schema unless told otherwise."""
        columns = self._handle().get_schema().get("columns", [])
        if not columns and raise_if_empty:
            raise Exception(f"No column in schema of {self.name}. Have you set up the schema for this dataset?")
        return columns

    def get_location_info(self, sensitive_info=False):
        """Return type and parameters of the storage; credentials are never among them here."""
        if sensitive_info:
            raise NotImplementedError(
                "the stand-in for dataiku.Dataset gives no credentials; read the connection's info"
            )
        config = self.get_config()
        return {"locationInfoType": config["type"], "info": dict(config.get("params") or {})}

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotImplementedError(f"dataiku.Dataset.{name} is not available in the stand-in of the emulated node")

    def _handle(self):
        return api_client().get_project(self.project_key).get_dataset(self.short_name)
