"""The name of one declared or live object: ``dataset.CRM.ORDERS``, ``project.CRM``, ``connection.snowflake_prod``."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Address"]


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """``kind``, the project it lives in (empty for instance objects) and its name (empty for the project itself).

    >>> str(Address("dataset", "CRM", "ORDERS")), str(Address("project", "CRM")), str(Address("connection", name="pg"))
    ('dataset.CRM.ORDERS', 'project.CRM', 'connection.pg')

    Names may hold dots and slashes (``library.CRM.python/a.b.py``): only the first two dots separate.
    """

    kind: str
    project: str = ""
    name: str = ""

    def __str__(self) -> str:
        return ".".join(part for part in (self.kind, self.project, self.name) if part)

    @classmethod
    def parse(cls, text: str, *, instance_kinds: frozenset[str] = frozenset()) -> Address:
        """Read an address back; ``instance_kinds`` are those whose objects belong to no project.

        Raises:
            ValueError: ``text`` is not ``kind.PROJECT[.name]`` or ``kind.name``.
        """
        kind, dot, rest = text.partition(".")
        if not (kind and dot and rest):
            raise ValueError(f'"{text}" is not an address such as dataset.PROJECT.NAME')
        if kind in instance_kinds:
            return cls(kind, name=rest)
        project, dot, name = rest.partition(".")
        if not project or (dot and not name):
            raise ValueError(f'"{text}" is not an address such as dataset.PROJECT.NAME')
        return cls(kind, project, name)
