"""What the user interface and builds write into datasets. Source: object-shapes.md 1 (10), 6, 18."""

from typing import Any, Final

from emulator.common_noise import EMPTY_TEXTS, checks_noise, metrics_noise
from emulator.datasets.shapes import FILE_TYPES, apply_dataset
from emulator.json_text import JsonObject
from emulator.noise import Dice, Noise, Touched, draw, fill_in, only_if, put, replace_present
from emulator.profile import Profile
from emulator.shapes import ABSENT

__all__ = ["TOUCHED"]

_HEX: Final = "0123456789abcdef"
_SCREEN: Final = "schema screen saved; object-shapes.md 6, 18"
_UPLOAD: Final = "upload screen opened; object-shapes.md 6.1, 18"


def _fill(profile: Profile, document: JsonObject, _dice: Dice) -> JsonObject:
    return apply_dataset(document, profile)


def _is_upload(document: JsonObject) -> bool:
    return document.get("type") == "UploadedFiles"


def _has_files(document: JsonObject) -> bool:
    return document.get("type") in FILE_TYPES


def _box(before: Any, dice: Dice, _whole: JsonObject) -> Any:
    """An upload in progress has a box; the next save takes it away."""
    return dice.text(64, _HEX) if before is ABSENT else ABSENT


_NOISE: Final = (
    *metrics_noise(),
    *checks_noise("metricsChecks"),
    Noise("params/previewFile", only_if(_has_files, draw(lambda dice: f"/out-s{dice.below(9)}.csv.gz")), _UPLOAD),
    Noise("params/uploadBoxId", only_if(_is_upload, _box), _UPLOAD),
    Noise(
        "params/uploadedConfig",
        only_if(_is_upload, put({"connection": "filesystem_managed", "path": "uploads/${projectKey}"})),
        _UPLOAD,
    ),
    Noise(
        "formatParams/probableNumberOfRecords", replace_present(lambda dice: dice.below(500)), "format detected; 6.2"
    ),
    Noise("schema/userModified", put(True), _SCREEN),
    Noise("schema/columns/*/timestampNoTzAsDate", fill_in(False), _SCREEN),
    Noise("schema/columns/*/maxLength", fill_in(-1), _SCREEN),
    Noise("schema/columns/*/comment", fill_in(""), _SCREEN),
    *EMPTY_TEXTS,
)

TOUCHED: Final = (Touched("DATASET", "datasets/{id}.json", "DATASET", _fill, _NOISE),)
