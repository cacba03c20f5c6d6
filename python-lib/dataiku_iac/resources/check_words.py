"""The words for data-quality rules, and which rule of DSS each stands for.

``not_null: email`` is DSS's ``{"type": "ColumnNotEmptyRule", "columns": ["email"], "thresholdType": "ENTIRE_COLUMN_NOT_EMPTY",
"autoRun": true}``. Rules exist since 12.6; older checks (``numericRange``, ``valueSet``, ``python``) stand in the same list.
Source: object-shapes.md 3, api-flow.md 5.2; keys of rules without an example there were observed in public tools [seen].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from dataiku_iac.core.canonical import JsonObject

__all__ = ["BOUNDS", "RULE_WORDS", "WORD_OF_TYPE", "Main", "RuleWord"]


class Main(Enum):
    """What stands after the word."""

    COLUMNS = auto()  # a column, or a list of columns
    BOUNDS = auto()  # {min: 1, warn_max: 100}
    SCHEMA = auto()  # columns as in a schema
    MEANINGS = auto()  # {column: meaning}


@dataclass(frozen=True, slots=True)
class RuleWord:
    """One word.

    Attributes:
        type: DSS's type.
        main: what stands after the word.
        preset: what the word says besides its type.
        title: the name DSS gives such a rule, e.g. ``"No empty values exist in {columns}"``, or one like it.
    """

    type: str
    main: Main
    title: str
    preset: JsonObject = field(default_factory=dict)


BOUNDS: Final[Mapping[str, str]] = MappingProxyType(
    {"min": "minimum", "max": "maximum", "warn_min": "softMinimum", "warn_max": "softMaximum"}
)
"""Word of a bound to DSS's key; its twin ``<key>Enabled`` says whether it counts."""

_STATISTICS: Final = {
    "min_of": ("ColumnMinInRangeRule", "Min"),
    "max_of": ("ColumnMaxInRangeRule", "Max"),
    "avg_of": ("ColumnAvgInRangeRule", "Avg"),
    "sum_of": ("ColumnSumInRangeRule", "Sum"),
    "median_of": ("ColumnMedianInRangeRule", "Median"),
    "stddev_of": ("ColumnStdDevInRangeRule", "Standard deviation"),
}

RULE_WORDS: Final[Mapping[str, RuleWord]] = MappingProxyType(
    {
        "row_count": RuleWord("RecordCountInRangeRule", Main.BOUNDS, "Record count {range}"),
        "column_count": RuleWord("ColumnCountInRangeRule", Main.BOUNDS, "Column count {range}"),
        "file_size": RuleWord("FileSizeInRangeRule", Main.BOUNDS, "File size {range}"),
        **{
            word: RuleWord(kind, Main.COLUMNS, f"{what} of {{columns}} {{range}}")
            for word, (kind, what) in _STATISTICS.items()
        },
        "range": RuleWord("ValuesInRangeRule", Main.COLUMNS, "All values of {columns} {range}"),
        "not_null": RuleWord(
            "ColumnNotEmptyRule",
            Main.COLUMNS,
            "No empty values exist in {columns}",
            {"thresholdType": "ENTIRE_COLUMN_NOT_EMPTY"},
        ),
        "empty": RuleWord(
            "ColumnEmptyRule", Main.COLUMNS, "{columns} is empty", {"thresholdType": "ENTIRE_COLUMN_EMPTY"}
        ),
        "unique": RuleWord(
            "ColumnUniqueValuesRule",
            Main.COLUMNS,
            "All values of {columns} are unique",
            {"thresholdType": "ENTIRE_COLUMN"},
        ),
        "in_set": RuleWord("ValuesInSetRule", Main.COLUMNS, "All values of {columns} are in set"),
        "top_in_set": RuleWord("TopValuesInSetRule", Main.COLUMNS, "Top {topN} values of {columns} are in set"),
        "mode_in_set": RuleWord("ModeValueInSetRule", Main.COLUMNS, "Mode of {columns} is in set"),
        "valid": RuleWord(
            "ColumnMeaningValidityRule",
            Main.MEANINGS,
            "All values of {columns} are valid",
            {"thresholdType": "ENTIRE_COLUMN"},
        ),
        "has_columns": RuleWord("DatasetSchemaContainsRule", Main.SCHEMA, "Schema contains {columns}"),
        "columns_are": RuleWord("DatasetSchemaEqualsRule", Main.SCHEMA, "Schema is as expected"),
    }
)

WORD_OF_TYPE: Final[Mapping[str, str]] = MappingProxyType({word.type: name for name, word in RULE_WORDS.items()})
