"""Pure values and logic: no I/O, no clock, no randomness, no third party."""

__all__: list[str] = []
