"""One function per thing a user can do; macros and the program call these and nothing else."""

__all__: list[str] = []
