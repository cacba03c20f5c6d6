"""The state store: lease, heads, journal, plans and history of a stack, in objects that survive any machine."""

__all__: list[str] = []
