"""What the user interface writes into articles and their tree. Source: object-shapes.md 13, 18."""

from typing import Any, Final

from emulator.json_text import JsonObject
from emulator.noise import Dice, Noise, Payload, Touched
from emulator.profile import Profile
from emulator.wiki.store import ARTICLE

__all__ = ["TOUCHED"]


def _fill(profile: Profile, document: JsonObject, _dice: Dice) -> JsonObject:
    return ARTICLE.apply(document, keep_unknown=profile.keep_unknown_fields, version=profile.version)


def _details(before: Any, dice: Dice, _whole: JsonObject) -> Any:
    """Display data of an attachment, refreshed by the server."""
    return {**before, "details": {"objectDisplayName": dice.text(6)}} if isinstance(before, dict) else before


_NOISE: Final = (Noise("attachments/*", _details, "attachments refreshed; object-shapes.md 13, 18"),)
_TEXT: Final = Payload(
    file=lambda article_id, _document: f"wiki/articles/{article_id}.md",
    fill=lambda _profile, _document, payload: payload,
    noise=lambda _document: (),
)

TOUCHED: Final = (
    Touched("ARTICLE", "wiki/articles/{id}.json", "ARTICLE", _fill, _NOISE, _TEXT),
    Touched("WIKI", "wiki/taxonomy.json", None),
)
