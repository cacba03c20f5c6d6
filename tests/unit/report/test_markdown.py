from __future__ import annotations

import pytest

from dataiku_iac.report import markdown
from dataiku_iac.report.views import Check
from tests.unit.report import samples
from tests.unit.report.golden_files import check_golden


def test_plan() -> None:
    check_golden("plan.md", markdown.render_plan(samples.CUSTOMER_ANALYTICS))


def test_plan_of_every_action_with_differences_of_code() -> None:
    checks = [Check("All connections exist", passed=True)]
    check_golden("plan-detailed.md", markdown.render_plan(samples.EVERYTHING, detailed=True, checks=checks))


def test_entries_have_the_promised_form() -> None:
    text = markdown.render_plan(samples.EVERYTHING)
    for entry in ("+ **exports** (create)", "~ **ORDERS** (update)", "- **NIGHTLY** (delete)", "**Total changes:** 8"):
        assert entry in text
    assert text.index("# Planned Changes") < text.index("## Datasets") < text.index("## Summary")


def test_empty_plan_is_one_sentence() -> None:
    text = markdown.render_plan(samples.EMPTY)
    assert "No changes. The node is as declared." in text
    assert "Planned Changes" not in text


@pytest.mark.parametrize("limit", [65_000, 20_000, 5_000, 1_500])
def test_plan_never_exceeds_the_limit_and_says_what_is_missing(limit: int) -> None:
    text = markdown.render_plan(samples.big_plan(1000), limit=limit, detailed=True)
    assert len(text) <= limit
    assert "Shortened to fit a comment" in text
    assert "**Total changes:** 1000" in text
    assert samples.EVERYTHING.id in text
    shown = text.count("(create)")
    assert (f"{shown:,} of 1,000 changes are listed" in text) == (shown < 1000)


def test_cut_leaves_no_room_unused() -> None:
    text = markdown.render_plan(samples.big_plan(5000))
    assert 64_000 < len(text) <= 65_000


def test_names_cannot_become_markup() -> None:
    text = markdown.render_plan(samples.HOSTILE_PLAN, detailed=True)
    outside_code = "".join(text.split("```diff")[0])
    assert "\\</script\\>\\<img" in outside_code
    assert "(<img" not in outside_code
    assert "\x1b" not in text


def test_comment_is_found_again() -> None:
    marker = markdown.comment_marker(samples.EVERYTHING)
    assert markdown.render_plan(samples.EMPTY).startswith(marker)


def test_result() -> None:
    check_golden("run-partial.md", markdown.render_result(samples.PARTIAL))


def test_result_never_exceeds_the_limit() -> None:
    many = samples.make_result(*samples.PARTIAL.changes * 2000, status=samples.PARTIAL.status)
    text = markdown.render_result(many, limit=10_000)
    assert len(text) <= 10_000
    assert "more, left out to fit a comment" in text


def test_drift() -> None:
    check_golden("drift.md", markdown.render_drift(samples.DRIFT))
