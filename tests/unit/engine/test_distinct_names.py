"""Names in addresses of objects whose ids the node chooses."""

from __future__ import annotations

from dataiku_iac.core.kind import Live
from dataiku_iac.engine.translate import distinct_names

LIVES = [Live("exports", "a", {}), Live("exports", "b", {}), Live("other", "c", {})]


def names(*args: dict[str, str]) -> list[str]:
    return [live.name for live in distinct_names(LIVES, *args)]


def test_nobody_is_preferred_among_strangers() -> None:
    assert names() == ["exports (a)", "exports (b)", "other"]


def test_what_is_known_by_id_keeps_its_name() -> None:
    assert names({"a": "exports"}) == ["exports", "exports (b)", "other"]
    assert names({"c": "exports"}) == ["exports (a)", "exports (b)", "exports"]
    assert names({"a": "files", "b": "more"}) == ["files", "more", "other"]


def test_a_label_finds_the_only_one_that_bears_it() -> None:
    assert names({}, {"other": "third", "exports": "first"}) == ["exports (a)", "exports (b)", "third"]
    assert names({"a": "other"}, {"other": "other"}) == ["other", "exports", "other (c)"]
