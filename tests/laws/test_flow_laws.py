"""The laws of the readable form of datasets, folders, scenarios, projects, zones, libraries and articles, on generated documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dataiku_iac.config.findings import Findings
from dataiku_iac.config.writing import write_entry
from dataiku_iac.config.yaml_source import parse_yaml
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, canonical_text, is_list, is_object
from dataiku_iac.core.kind import Kind
from dataiku_iac.core.lens import differences
from dataiku_iac.resources.registry import KINDS
from tests.laws.dataset_documents import DATASETS, FOLDERS
from tests.laws.project_documents import ARTICLES, LIBRARIES, PROJECTS, ZONES
from tests.laws.scenario_documents import SCENARIOS
from tests.laws.test_lens_laws import name_key, problems, without_empty

DOCUMENTS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "dataset": DATASETS,
    "folder": FOLDERS,
    "scenario": SCENARIOS,
    "project": PROJECTS,
    "zone": ZONES,
    "library": LIBRARIES,
    "wiki": ARTICLES,
}
NAMES: Final = {
    "project": "",
    "library": "external-libraries.json",
    "dataset": "ORDERS",
    "scenario": "DAILY",
    "wiki": "Overview",
}

each_kind = pytest.mark.parametrize("kind", [KINDS[name] for name in DOCUMENTS], ids=lambda kind: kind.name)
often = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # to shrink such documents takes minutes
    suppress_health_check=list(HealthCheck),
)


def address_of(kind: Kind) -> Address:
    return Address(kind.name, "CRM", NAMES.get(kind.name, "raw"))


def text(value: Json) -> str:
    """Return the canonical text without empty objects, which DSS has or has not, and with whole numbers as such."""
    return canonical_text(_whole(without_empty(value)))


def _whole(value: Json) -> Json:
    if is_object(value):
        return {key: _whole(item) for key, item in value.items()}
    if is_list(value):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@each_kind
@often
@given(data=st.data())
def test_what_is_declared_says_all_and_changes_nothing(kind: Kind, data: st.DataObject) -> None:
    document, address = data.draw(DOCUMENTS[kind.name]), address_of(kind)
    spec = kind.declare(document, address)
    stripped = kind.stripped(document)
    assert text(kind.stripped(kind.expand(spec, address))) == text(stripped)
    assert text(kind.normal(spec, address)) == text(spec)
    assert problems(kind, address, spec) == []
    assert text(kind.put(document, spec, address)) == text(document)
    assert "versionTag" not in json.dumps(spec)


@each_kind
@often
@given(data=st.data())
def test_one_document_can_be_made_into_another(kind: Kind, data: st.DataObject) -> None:
    one, other = data.draw(DOCUMENTS[kind.name]), data.draw(DOCUMENTS[kind.name])
    address = address_of(kind)
    wanted = kind.declare(other, address)
    after = kind.put(one, wanted, address, before=kind.declare(one, address))
    assert text(kind.put(after, wanted, address, before=wanted)) == text(after)
    undone = kind.declare(after, address)
    for key, value in wanted.items():
        assert contains(undone.get(key), without_empty(value)), key


def contains(whole: Json, part: Json) -> bool:
    """Tell whether what is declared is there; lists that several people share may hold more."""
    if is_object(part) and is_object(whole):
        return all(key in whole and contains(whole[key], item) for key, item in part.items())
    if is_list(part) and is_list(whole):
        return all(any(text(item) == text(other) or contains(other, item) for other in whole) for item in part)
    return text(whole) == text(part)


@each_kind
@often
@given(data=st.data())
def test_written_to_a_file_and_read_it_is_the_same(kind: Kind, data: st.DataObject) -> None:
    document, address = data.draw(DOCUMENTS[kind.name]), address_of(kind)
    spec = kind.declare(document, address)
    read = loaded(write_entry(kind, address, spec))
    read.pop(name_key(kind))
    texts = {field.key for field in kind.files}  # code is never escaped
    assert {key: value if key in texts else unescaped(value) for key, value in read.items()} == json.loads(
        canonical_text(spec)
    )
    after = kind.put(document, json.loads(canonical_text(spec)), address)
    assert differences(kind.stripped(document), kind.stripped(after), kind.rules_for(document).root) == []


def loaded(source: str) -> dict[str, Any]:
    (entry,) = parse_yaml(source, "x.yml", Findings())
    value = entry.plain()
    assert isinstance(value, dict)
    return value


def unescaped(value: Any) -> Any:
    """Return what ``$$`` of a file stands for."""
    if isinstance(value, str):
        return value.replace("$$", "$")
    if isinstance(value, dict):
        return {key: unescaped(item) for key, item in value.items()}
    return [unescaped(item) for item in value] if isinstance(value, list) else value
