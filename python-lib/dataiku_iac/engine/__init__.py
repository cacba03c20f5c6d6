"""The use cases: refresh, plan, apply, resume, drift, import. Knows no kind of object by name."""

__all__: list[str] = []
