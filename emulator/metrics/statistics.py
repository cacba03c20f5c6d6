"""Numbers on rows of text: what probes and data-quality rules measure. Pure functions.

A cell is text; the empty text is an empty cell. Numbers of a column are those of its cells that are not empty.
"""

import math
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.errors import illegal_argument

__all__ = ["Table"]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a dataset, e.g. ``Table(("a", "b"), (("1", "x"), ("", "y")))``."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def cells(self, column: str) -> list[str]:
        """Return all cells of a column; raises 400 for a column that the schema lacks."""
        if column not in self.columns:
            raise illegal_argument(f"Column not found in schema: {column}")
        index = list(self.columns).index(column)
        return [row[index] if index < len(row) else "" for row in self.rows]

    def values(self, column: str) -> list[str]:
        """Return the cells that are not empty."""
        return [cell for cell in self.cells(column) if cell]

    def numbers(self, column: str) -> list[float]:
        """Return the values as numbers; raises 400 for one that is none."""
        try:
            return [float(cell) for cell in self.values(column)]
        except ValueError as error:
            raise illegal_argument(f"Column {column} is not numeric: {error}") from error

    def aggregate(self, column: str, name: str) -> float | int | None:
        """Return one aggregate, e.g. ``MEAN``, or ``None`` if there is nothing to aggregate; raises 400 for an unknown one."""
        if name == "COUNT":
            return len(self.values(column))
        if name == "COUNT_NULL":
            return len(self.cells(column)) - len(self.values(column))
        if name == "COUNT_DISTINCT":
            return len(set(self.values(column)))
        numbers = self.numbers(column)
        if name in _AGGREGATES:
            return _AGGREGATES[name](numbers) if numbers else None
        if name.startswith("P") and name[1:].isdigit():
            return _percentile(sorted(numbers), int(name[1:])) if numbers else None
        raise illegal_argument(f"the emulator cannot compute the aggregate {name}")

    def ranking(self, column: str) -> list[tuple[str, int]]:
        """Return the values with their numbers of occurrences, the most frequent first, then in order of text."""
        return sorted(Counter(self.values(column)).items(), key=lambda entry: (-entry[1], entry[0]))


def _spread(numbers: list[float]) -> float:
    """Of a sample [inferred]; of one value 0."""
    return statistics.stdev(numbers) if len(numbers) > 1 else 0.0


def _percentile(ordered: list[float], percent: int) -> float:
    """Linear between neighbours [inferred]."""
    place = (len(ordered) - 1) * percent / 100
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


_AGGREGATES: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "MIN": min,
    "MAX": max,
    "SUM": math.fsum,
    "MEAN": statistics.fmean,
    "STDDEV": _spread,
    "MEDIAN": statistics.median,
}
