"""Variables and expressions: a row per form, what passes to DSS untouched, what is refused and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dataiku_iac.config.findings import Findings
from dataiku_iac.config.located import locate
from dataiku_iac.config.variables import GitInfo, Variables, escape_text
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.problem import Place, Severity

HERE: Final = Place("f.yml", 3, 7)
DECLARED: Final[Mapping[str, Json]] = {
    "A": "a",
    "B": "b",
    "N": 5,
    "YES": True,
    "NOTHING": None,
    "LIST": [1, 2],
    "A_b": "nested",
    "SNOWFLAKE": "sf",
    "TWICE": "${A}${A}",
    "ONE": "${TWO}",
    "TWO": "{{ var.ONE }}",
    "KEY": "{{ project.key }}",
    "items": "i",
}
ENVIRON: Final = {"HOME": "/home", "_X": "u"}


def resolve(value: Json, *, git: GitInfo | None = None) -> tuple[Json, list[tuple[str, str, str]]]:
    findings = Findings()
    variables = Variables(
        {key: locate(item, Place("env.yml", 1)) for key, item in DECLARED.items()},
        environment="prod",
        os_environ=ENVIRON,
        git=git,
        findings=findings,
    )
    found = variables.resolve(locate(value, HERE), project="CRM").plain()
    return found, [(problem.code, problem.detail, problem.suggestion) for problem in findings.sorted()]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${A}", "a"),
        ("x${A}y${B}", "xayb"),
        ("${N}", 5),
        ("n=${N}", "n=5"),
        ("${YES}", True),
        ("is ${YES}", "is true"),
        ("[${NOTHING}]", "[]"),
        ("${LIST}", [1, 2]),
        ("${TWICE}", "aa"),
        ("${A_${B}}", "nested"),
        ("${A:other}", "a"),
        ("${Q:other}", "other"),
        ("${Q:}", ""),
        ("${Q:5}", 5),
        ("${Q:true}", True),
        ("q${Q:5}", "q5"),
        ("${Q:${A}}", "a"),
        ("${Q:${A}:x}", "a:x"),
        ("${Q:{{ env.HOME }}}", "/home"),
        ("${env:HOME}", "/home"),
        ("${env:NOPE:none}", "none"),
        ("{{ env.HOME }}", "/home"),
        ("{{ env._X }}", "u"),
        ("{{ env.NOPE | default('none') }}", "none"),
        ("{{ environment == 'prod' }}", True),
        ("{{ var.N + 1 }}", 6),
        ("{{ var.items }}", "i"),
        ("{{ var.LIST | length * 2 }}", 4),
        ("{{ [var.A, 'z'] }}", ["a", "z"]),
        ("{{ 'a' if environment == 'dev' else none }}", None),
        ("{{ project.key }}", "CRM"),
        ("${KEY}", "CRM"),
        ("{{ var.A | upper }}-${B}", "A-b"),
        ("{{ '{{' }}", "{{"),
        ("{{ '}}' }}", "}}"),
    ],
)
def test_ours_are_resolved(text: str, value: Json) -> None:
    found, problems = resolve(text)
    assert problems == []
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", ["${projectKey}", "a${dku.x}b", "${date}", "$A", "${", "${A", "}", "${ A }", "${x-y:z}", "{ {A} }", "${}"]
)
def test_what_belongs_to_dss_passes_untouched(text: str) -> None:
    assert resolve(text) == (text, [])


@pytest.mark.parametrize(
    ("text", "value"), [("$${A}", "${A}"), ("$$${A}", "$${A}"), ("$${git:commit}", "${git:commit}")]
)
def test_a_second_dollar_escapes(text: str, value: str) -> None:
    assert resolve(text) == (value, [])


def test_inner_variables_of_what_belongs_to_dss_are_ours() -> None:
    assert resolve("${outer_${B}}") == ("${outer_b}", [])


@pytest.mark.parametrize(
    ("text", "code", "detail", "suggestion"),
    [
        ("{{ var.SNOWFLAK }}", "undefined-variable", "var.SNOWFLAK", 'did you mean "SNOWFLAKE"?'),
        ("{{ env.HOM }}", "undefined-variable", "env.HOM", 'did you mean "HOME"?'),
        ("{{ env.HOM ~ 'x' }}", "undefined-variable", "env.HOM", 'did you mean "HOME"?'),
        ("{{ vra.A }}", "undefined-variable", "vra", 'did you mean "var"?'),
        ("${env:HOM}", "undefined-variable", "env:HOM", 'did you mean "HOME"?'),
        ("${ONE}", "variable-cycle", "ONE → TWO → ONE", "give one of them a value of its own"),
        ("l=${LIST}", "variable-type", "a list or mapping inside a text", ""),
        ("${uuid}", "changing-value", "${uuid}", ""),
        ("${date:YYYY-MM-DD}", "changing-value", "${date:YYYY-MM-DD}", ""),
        ("${secret:PW}", "secret-unsupported", "${secret:PW}", ""),
        ("{{ A", "bad-expression", 'two opening braces without "}}"', ""),
        ("{{ 1 + }}", "bad-expression", "unexpected 'end of template'", ""),
        ("{{ 1 / 0 }}", "bad-expression", "division by zero", ""),
        ("{{ env.HOME.upper() }}", "bad-expression", "a call or an attribute that is not allowed", ""),
        ("{{ 'a' * 1000000000 }}", "bad-expression", "* is for numbers only", ""),
        ("{{ 9 ** 9999999 }}", "bad-expression", "** is for small numbers only", ""),
        ("{{ var.LIST | random }}", "bad-expression", "No filter named 'random'.", ""),
        ("{{ env }}", "bad-expression", "a Names is no value", ""),
        ("{{ ''.__class__ }}", "undefined-variable", 'no "__class__" in the value', ""),
    ],
)
def test_what_is_refused(text: str, code: str, detail: str, suggestion: str) -> None:
    found, ((found_code, found_detail, found_suggestion),) = resolve(text)
    assert (found, found_code, found_detail) == (text, code, detail)
    if suggestion:
        assert found_suggestion == suggestion


def test_git_is_asked_only_where_there_is_one() -> None:
    assert resolve("${git:commit}@{{ git.branch }}", git=GitInfo("abc", "main")) == ("abc@main", [])
    _, problems = resolve("${git:commit}")
    assert problems[0][0] == "undefined-variable"
    assert "does not come from a Git repository" in problems[0][2]


def test_a_near_miss_of_a_declared_name_is_a_warning() -> None:
    findings = Findings()
    variables = Variables({"SNOWFLAKE": locate("x", HERE)}, environment="", os_environ={}, git=None, findings=findings)
    assert variables.resolve(locate(["${SNOWFLAK}", "${SNOWFLAKE_DB}"], HERE)).plain() == [
        "${SNOWFLAK}",
        "${SNOWFLAKE_DB}",
    ]
    (problem,) = findings.sorted()
    assert (problem.severity, problem.code, problem.place) == (Severity.WARNING, "possible-typo", HERE)


def test_skipped_keys_and_the_input_are_left_alone() -> None:
    findings = Findings()
    variables = Variables({"A": locate("a", HERE)}, environment="", os_environ={}, git=None, findings=findings)
    node = locate({"code": "print('${A} {{ x }}')", "name": "${A}"}, HERE)
    assert variables.resolve(node, skip={"code"}).plain() == {"code": "print('${A} {{ x }}')", "name": "a"}
    assert node.plain() == {"code": "print('${A} {{ x }}')", "name": "${A}"}


def test_values_of_the_environment_do_not_show_in_errors() -> None:
    findings = Findings()
    variables = Variables({}, environment="", os_environ={"PW": "hunter2"}, git=None, findings=findings)
    for text in ("{{ env.PW.nope }}", "{{ env.PW.upper() }}", "{{ env.PW + 1 }}", "{{ env.PW | map('x') }}"):
        variables.resolve(locate(text, HERE))
    assert len(findings.sorted()) == 4
    assert "hunter2" not in "".join(map(str, findings.sorted()))


@given(st.one_of(st.text(alphabet="${}:'\"Aab u", max_size=25), st.text(max_size=20)))
@settings(max_examples=1000, deadline=None)
@example("${{ x }}")
@example("$${{x}}")
@example("${uuid}${date:x}${A:b}${env:HOME}")
def test_escaped_text_resolves_to_itself(text: str) -> None:
    found, problems = resolve(escape_text(text, declared=DECLARED))
    assert found == text
    assert {code for code, _, _ in problems} <= {"possible-typo"}  # ${b} beside a declared B


def test_escaping_leaves_variables_of_dss_readable() -> None:
    assert escape_text("/data/${projectKey}/x") == "/data/${projectKey}/x"
