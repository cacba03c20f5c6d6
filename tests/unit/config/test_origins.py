"""What made a value of what stands in the files, as an explanation tells it."""

from __future__ import annotations

from dataiku_iac.config.files import MemoryTree
from dataiku_iac.config.loading import load_configuration
from dataiku_iac.config.located import locate
from dataiku_iac.config.origins import Origins
from dataiku_iac.core.address import Address
from dataiku_iac.core.problem import Place
from dataiku_iac.core.resource import Resource
from dataiku_iac.resources.registry import KINDS

FILES = {
    "projects/crm.yml": """\
project: {key: CRM, name: CRM}
datasets:
  - name: A
    type: PostgreSQL
    connection: pg
    params: {table: "${PREFIX}_a", schema: "{{ var.PREFIX }}", mode: table}
    schema: [{name: id, type: bigint}, {name: v, type: "${TYPE}"}]
  - {name: B, managed: true}
""",
    "environments/prod.yml": """\
environment: prod
variables: {PREFIX: live, TYPE: string}
projects: {CRM: {key: CRM_PRD}}
remap: {connections: {pg: pg_prod}}
defaults: {managed_connection: s3}
""",
}


def resource(name: str) -> Resource:
    found = load_configuration(MemoryTree(FILES), KINDS, environment="prod")
    return found.resources[Address("dataset", "CRM_PRD", name)]


def test_a_variable_is_named_with_its_place() -> None:
    origins = resource("A").origins
    assert origins["params.table"] == ('written as "${PREFIX}_a"; PREFIX is set at environments/prod.yml:2:21',)
    assert origins["params.schema"] == ('written as "{{ var.PREFIX }}"; PREFIX is set at environments/prod.yml:2:21',)
    assert origins["schema[1].type"] == ('written as "${TYPE}"; TYPE is set at environments/prod.yml:2:33',)
    assert "params.mode" not in origins


def test_a_line_of_remap_and_a_default_are_named() -> None:
    assert resource("A").origins["connection"] == (
        '"pg" in the files, mapped by remap.connections at environments/prod.yml:4:27',
    )
    assert resource("B").origins["connection"] == ("not written; a default of environment prod",)


def test_a_secret_is_not_repeated() -> None:
    raw, resolved = (
        locate({"password": text, "table": text}, Place("a.yml", 1)) for text in ("${X}hunter2", "1hunter2")
    )
    assert set(Origins(raw, resolved, {})) == {"table"}
