from __future__ import annotations

from html.parser import HTMLParser

import pytest

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject
from dataiku_iac.core.errors import ConfigError, Defect
from dataiku_iac.core.plan import Plan
from dataiku_iac.core.problem import Place, Problem, Severity
from dataiku_iac.core.result import ChangeResult, Drifted, DriftReport, DriftStatus, ImportReport, NotCovered
from dataiku_iac.report import html, json_form
from dataiku_iac.report.views import Check
from tests.unit.report import samples

_VOID = {"meta", "br", "img", "input", "link", "hr"}


class _Page(HTMLParser):
    """Reads a page as a browser would: elements, attributes, texts; notices tags left open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _plan_page(plan: Plan) -> str:
    return html.render_plan(
        plan, json_form.plan_json(plan), stored="plans/x", checks=(Check(samples.HOSTILE, passed=True),)
    )


def _hostile_pages() -> list[str]:
    bad = samples.HOSTILE
    address = Address("dataset", "CRM", bad)
    result = samples.make_result(
        *(ChangeResult(address, change.action, change.status, bad) for change in samples.PARTIAL.changes),
        status=samples.PARTIAL.status,
        resumed_from=bad,
    )
    fields = samples.HOSTILE_PLAN.changes[1].fields
    drift = DriftReport(
        bad, bad, bad, 1, 1, tuple(Drifted(address, status, fields, bad, bad) for status in DriftStatus), bad
    )
    imported = ImportReport(bad, bad, ((bad, 1),), (NotCovered(bad, (bad,), bad),), ((address, bad, bad),))
    problem = Problem(Severity.ERROR, bad, bad, bad, Place(bad, 1), bad, bad)
    error = ConfigError(bad, where=bad, next_step=bad, problems=[problem])
    return [
        _plan_page(samples.HOSTILE_PLAN),
        html.render_result(result, json_form.result_json(result), stored=bad),
        html.render_drift(drift, json_form.drift_json(drift), stored=bad),
        html.render_import(imported, json_form.import_json(imported, {bad: bad}), stored=bad, files=(bad,)),
        html.render_error(error, json_form.error_json(error)),
    ]


@pytest.mark.parametrize("page", _hostile_pages())
def test_hostile_names_stay_text(page: str) -> None:
    found = _Page(page)
    assert "img" not in found.tags
    assert found.tags.count("script") == 1
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert "\x1b" not in page.replace("\\u001b", "")
    assert ("ng-non-bindable", None) in found.attributes


@pytest.mark.parametrize("page", _hostile_pages())
def test_page_stands_alone(page: str) -> None:
    found = _Page(page)
    assert not set(found.tags) & {"link", "img", "iframe", "object", "form", "base"}
    assert not [value for name, value in found.attributes if name in ("src", "href", "action")]
    assert "@import" not in page
    assert "url(" not in page


def test_every_rule_of_style_stays_inside_our_element() -> None:
    page = _plan_page(samples.EVERYTHING)
    style = page.split("<style>")[1].split("</style>")[0]
    flat = style.replace("@media (prefers-color-scheme:dark){", "").replace("@media print{", "")
    selectors = [part.split("}")[-1].strip() for part in flat.split("{")[:-1]]
    assert selectors
    assert all(one.strip().startswith(".dataiku-iac") for selector in selectors for one in selector.split(","))


def test_twin_is_the_plan() -> None:
    twin = html.read_twin(_plan_page(samples.HOSTILE_PLAN))
    assert twin["stored"] == "plans/x"
    assert Plan.from_json(twin["plan"], where="twin") == samples.HOSTILE_PLAN
    assert twin["digest"] == samples.HOSTILE_PLAN.digest


def test_page_without_twin_is_refused() -> None:
    with pytest.raises(Defect):
        html.read_twin("<p>no</p>")


def test_plan_page_shows_what_the_text_shows() -> None:
    texts = "".join(_Page(_plan_page(samples.EVERYTHING)).texts)
    for part in (
        "~ dataset.CRM.ORDERS",
        'params.table: "orders" => "orders_v2"',
        "drift: changed on the node",
        "Plan: 3 to create, 2 to update, 2 to destroy.",
        "2 × state of the editor",
        "deleting this can lose data",
    ):
        assert part in texts
    shown = texts.split('{"digest"')[0]
    assert "hunter2" not in shown


def test_pages_of_empty_things() -> None:
    assert "No changes. The node is as declared." in _plan_page(samples.EMPTY)
    twin: JsonObject = json_form.drift_json(samples.CLEAN)
    assert "No drift." in html.render_drift(samples.CLEAN, twin)


def test_size_grows_with_the_plan_and_no_faster() -> None:
    small, large = (len(_plan_page(samples.big_plan(count))) for count in (100, 1000))
    assert large < 11 * small
    assert large < 1_500_000
