"""Base classes of macros. Source: plugin-components.md 7.2, 7.3."""

__all__ = ["ResultTable", "Runnable"]


class Runnable:
    """A macro: one subclass per ``runnable.py``."""

    def __init__(self, project_key, config, plugin_config):
        self.project_key = project_key
        self.config = config
        self.plugin_config = plugin_config

    def get_progress_target(self):
        """Return ``None`` or ``(target, unit)`` with a unit of ``SIZE``, ``FILES``, ``RECORDS``, ``NONE``."""
        return

    def run(self, progress_callback):
        """Do the work; ``progress_callback(n)`` takes the absolute value."""
        raise NotImplementedError("a macro must define run(self, progress_callback)")


class ResultTable:
    """The result of a macro of type ``RESULT_TABLE``."""

    def __init__(self):
        self.name = None
        self.columns = []
        self.records = []

    def set_name(self, name):
        """Set the title."""
        self.name = name

    def add_column(self, id, label, type="STRING"):
        """Add a column; records have to follow the order of columns."""
        self.columns.append({"name": id, "displayName": label, "type": type})

    def add_record(self, record):
        """Add a row: one value per column."""
        if len(record) != len(self.columns):
            raise ValueError(f"a record needs {len(self.columns)} values, one per column, and has {len(record)}")
        self.records.append(record)
