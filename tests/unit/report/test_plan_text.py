from __future__ import annotations

import pytest

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.plan import Plan
from dataiku_iac.report import words
from dataiku_iac.report.text import Detail, Summary, render_plan
from dataiku_iac.report.views import Check
from tests.unit.report import samples
from tests.unit.report.golden_files import check_golden

# The two texts that the quick start promises, letter by letter: here and not in a golden file, so that no update of
# golden files can change them.
_MY_PROJECT = """\
Dataiku IaC Execution Plan

+ project.MY_PROJECT
    name: "My First IaC Project"

+ dataset.MY_PROJECT.SAMPLE_DATA
    type: "managed"
    format_type: "csv"

Plan: 2 to create, 0 to update, 0 to destroy.
"""

_CUSTOMER_ANALYTICS = """\
+ project.CUSTOMER_ANALYTICS
+ dataset.CUSTOMER_ANALYTICS.RAW_CUSTOMERS
+ dataset.CUSTOMER_ANALYTICS.PREPARED_CUSTOMERS
+ recipe.CUSTOMER_ANALYTICS.prep_customers

Plan: 4 to create, 0 to update, 0 to destroy.
"""

_OVERVIEW = """\
Plan: 1 to add, 1 to change, 0 to destroy

+ dataset.CUSTOMER_ANALYTICS.NEW_DATA
  name: "NEW_DATA"
  connection: "SNOWFLAKE_PROD"

~ recipe.CUSTOMER_ANALYTICS.prep_data
  code: changed (234 lines modified)

Warnings:
  - NEW_DATA has no data quality checks

Validations:
  ✓ All connections exist
  ✓ No circular dependencies
  ✓ Schemas are compatible
"""


def test_long_form_is_the_promised_text() -> None:
    assert render_plan(samples.MY_PROJECT) == _MY_PROJECT


def test_short_form_is_the_promised_text() -> None:
    assert render_plan(samples.CUSTOMER_ANALYTICS, detail=Detail.SHORT) == _CUSTOMER_ANALYTICS


def test_terraform_form_is_the_promised_text() -> None:
    texts = ("All connections exist", "No circular dependencies", "Schemas are compatible")
    checks = [Check(text, passed=True) for text in texts]
    assert render_plan(samples.OVERVIEW, summary=Summary.TERRAFORM, checks=checks) == _OVERVIEW


@pytest.mark.parametrize("detail", Detail)
def test_every_action_and_cause(detail: Detail) -> None:
    check_golden(f"plan-{detail}.txt", render_plan(samples.EVERYTHING, detail=detail))


def test_every_action_in_terraform_words() -> None:
    check_golden("plan-terraform.txt", render_plan(samples.EVERYTHING, summary=Summary.TERRAFORM))


def test_unchanged_objects_are_shown_only_if_asked() -> None:
    assert "STABLE" not in render_plan(samples.EVERYTHING)
    assert "= dataset.CRM.STABLE\n" in render_plan(samples.EVERYTHING, unchanged=True)


@pytest.mark.parametrize("summary", Summary)
def test_empty_plan_says_that_nothing_changes(summary: Summary) -> None:
    text = render_plan(samples.EMPTY, summary=summary)
    assert "No changes. The node is as declared." in text
    assert "Plan:" not in text


def test_plan_that_only_adopts_is_not_called_empty() -> None:
    adopting = samples.make_plan(*(c for c in samples.EVERYTHING.changes if c.action == "adopt"))
    assert adopting.is_empty
    text = render_plan(adopting)
    assert "Plan: 0 to create, 0 to update, 0 to destroy.\nAlso: 1 to adopt.\n" in text
    assert "No changes" not in text


def test_replace_counts_as_create_and_destroy() -> None:
    counts = words.count_changes(samples.EVERYTHING)
    assert (counts.create, counts.update, counts.destroy, counts.adopt, counts.forget) == (3, 2, 2, 1, 1)
    assert words.plan_summary(samples.EVERYTHING) == (
        "Plan will make 8 changes: 3 create, 2 update, 2 delete, 1 adopt, 1 forget"
    )


def test_stored_plan_reads_as_the_plan_itself() -> None:
    stored = samples.CUSTOMER_ANALYTICS.to_json()
    again = Plan.from_json(_sorted_keys(stored), where="test")
    assert render_plan(again) == render_plan(samples.CUSTOMER_ANALYTICS)


def _sorted_keys(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _sorted_keys(value[key]) for key in sorted(value)}
    return [_sorted_keys(item) for item in value] if isinstance(value, list) else value


def test_no_color_unless_asked() -> None:
    assert "\x1b" not in render_plan(samples.EVERYTHING, detail=Detail.DETAILED)
    assert "\x1b[32m+\x1b[0m zone.CRM.raw" in render_plan(samples.EVERYTHING, color=True)


def test_names_and_values_cannot_repaint_the_terminal() -> None:
    text = render_plan(samples.HOSTILE_PLAN, detail=Detail.DETAILED)
    assert "\x1b" not in text
    assert "\\u001b[31m" in text


def test_credentials_are_never_shown() -> None:
    for detail in Detail:
        text = render_plan(samples.EVERYTHING, detail=detail)
        assert "hunter2" not in text
        assert "correct horse" not in text


def test_length_grows_with_the_plan_and_no_faster() -> None:
    small, large = (render_plan(samples.big_plan(count)) for count in (100, 1000))
    assert len(large) < 11 * len(small)
    assert len(large) < 200_000
