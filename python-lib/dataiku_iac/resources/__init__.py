"""One module per kind of DSS object: its lens, its field table, what it refers to, its API calls."""

__all__: list[str] = []
