"""Data-quality rules, checks and metrics. Facts: api-flow.md 5, 8.1, object-shapes.md 3."""

import io
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.launch import NodeProcess
from tests.conformance.conftest import Dss, opened
from tests.conformance.instance import Clients, outcome_of, refusal
from tests.conformance.keys import KEY

ROWS = "id,amount,color\n1,10,red\n2,30,red\n3,,blue\n4,20,\n"
COLUMNS = [{"name": "id", "type": "bigint"}, {"name": "amount", "type": "double"}, {"name": "color", "type": "string"}]


def with_rows(project: Any, name: str = "orders") -> Any:
    params = {"style": "excel", "separator": ",", "parseHeaderRow": True, "charset": "utf8", "quoteChar": '"'}
    dataset = project.create_dataset(name, "UploadedFiles", formatType="csv", formatParams=params)
    dataset.set_schema({"columns": COLUMNS, "userModified": True})
    dataset.uploaded_add_file(io.BytesIO(ROWS.encode()), "rows.csv")
    return dataset


@pytest.fixture
def dataset(project: Any) -> Any:
    return with_rows(project)


def record_count(**bounds: float) -> dict[str, Any]:
    switched = {f"{name}Enabled": True for name in bounds}
    return {"type": "RecordCountInRangeRule", "displayName": "Enough", **bounds, **switched}


def computed(rules: Any, config: dict[str, Any]) -> tuple[str, str]:
    """Create a rule, compute it alone and return outcome and message of its last result."""
    rule = rules.create_rule(config)
    outcome_of(rule.compute())
    last = rule.get_last_result()
    return last.outcome, last.message


def test_created_rule_comes_back_with_an_id_and_defaults(dataset: Any) -> None:
    """5.2: POST answers the rule with its id of 8; numbers are floats, bounds that were not given are off [seen]."""
    rules = dataset.get_data_quality_rules()
    rule = rules.create_rule({"type": "RecordCountInRangeRule", "minimum": 1, "minimumEnabled": True, "colour": "red"})
    raw = rule.get_raw()
    assert len(rule.id) == 8
    assert rule.name
    expected = {"enabled": True, "computeOnBuildMode": "PARTITION", "minimum": 1.0, "maximumEnabled": False}
    assert expected.items() <= raw.items()
    assert "colour" not in raw
    assert rules.list_rules("dict") == [raw]


def test_rules_stand_in_the_dataset(dataset: Any) -> None:
    """5.2: in ``metricsChecks.checks``; each write is a save of the dataset; a PUT of the whole dataset replaces them."""
    rules = dataset.get_data_quality_rules()
    before = dataset.get_settings().get_raw()["versionTag"]["versionNumber"]
    rule = rules.create_rule(record_count(minimum=1))
    settings = dataset.get_settings()
    assert settings.get_raw()["metricsChecks"]["checks"] == [rule.get_raw()]
    assert settings.get_raw()["versionTag"]["versionNumber"] == before + 1
    settings.get_raw()["metricsChecks"]["checks"] = []
    settings.save()
    assert rules.list_rules() == []


def test_rule_is_replaced_in_its_place_and_deleted(dataset: Any) -> None:
    """5.2: PUT and DELETE by id; order and id stay."""
    rules = dataset.get_data_quality_rules()
    first, second = rules.create_rule(record_count(minimum=1)), rules.create_rule(record_count(maximum=9))
    first.rule.update(displayName="Renamed", id="forged00")
    path = f"/projects/{KEY}/datasets/orders/data-quality/rules/{rules.list_rules('dict')[0]['id']}"
    dataset.client._perform_empty("PUT", path, body=first.rule)
    found = rules.list_rules("dict")
    assert [rule["displayName"] for rule in found] == ["Renamed", "Enough"]
    assert found[0]["id"] != "forged00"
    second.delete()
    assert [rule["displayName"] for rule in rules.list_rules("dict")] == ["Renamed"]


def test_missing_rules_and_datasets_are_404(project: Any, dataset: Any) -> None:
    """2.3: NotFound."""
    rule = dataset.get_data_quality_rules().create_rule(record_count(minimum=1))
    rule.delete()
    for call in (
        rule.save,
        rule.delete,
        rule.compute,
        project.get_dataset("ghost").get_data_quality_rules().list_rules,
    ):
        assert "NotFoundException" in refusal(call)


def test_unknown_types_of_rules(steered: NodeProcess) -> None:
    """A type that is neither DSS's nor a plugin's: refused, or taken [unknown]; those of plugins are kept as they are."""
    with opened(steered) as dss:
        project = dss.client().create_project("RULES", "Rules", "admin")
        rules = with_rows(project).get_data_quality_rules()
        plugin = rules.create_rule({"type": "custom_python_tiny_check", "config": {"a": 1}}).get_raw()
        assert plugin["config"] == {"a": 1}
        assert "Unknown type" in refusal(lambda: rules.create_rule({"type": "NoSuchRule"}))
        assert "Missing" in refusal(lambda: rules.create_rule({"displayName": "x"}))
        steered.set_profile(unknown_rule_type="accept")
        assert rules.create_rule({"type": "NoSuchRule", "a": 1}).get_raw()["a"] == 1
        project.delete()


@pytest.mark.parametrize(
    ("bounds", "outcome"),
    [
        ({"minimum": 4}, "OK"),
        ({"minimum": 5}, "ERROR"),
        ({"maximum": 3}, "ERROR"),
        ({"softMaximum": 3}, "WARNING"),
        ({"softMinimum": 5, "minimum": 1}, "WARNING"),
        ({"softMinimum": 5, "minimum": 5}, "ERROR"),
    ],
)
def test_outcome_of_bounds(dataset: Any, bounds: dict[str, float], outcome: str) -> None:
    """5.2: hard bounds give ERROR, soft ones WARNING; computed on the four rows that are there."""
    found, message = computed(dataset.get_data_quality_rules(), record_count(**bounds))
    assert found == outcome
    assert "4" in message


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ({"type": "ColumnMinInRangeRule", "columns": ["amount"], "minimum": 10, "minimumEnabled": True}, "OK"),
        ({"type": "ColumnMaxInRangeRule", "columns": ["amount"], "maximum": 29, "maximumEnabled": True}, "ERROR"),
        ({"type": "ColumnAvgInRangeRule", "columns": ["amount"], "minimum": 20, "minimumEnabled": True}, "OK"),
        ({"type": "ColumnSumInRangeRule", "columns": ["id"], "maximum": 9, "maximumEnabled": True}, "ERROR"),
        (
            {"type": "ColumnMedianInRangeRule", "columns": ["id"], "softMinimum": 3, "softMinimumEnabled": True},
            "WARNING",
        ),
        ({"type": "ColumnCountInRangeRule", "minimum": 3, "minimumEnabled": True}, "OK"),
        ({"type": "ColumnNotEmptyRule", "columns": ["id"]}, "OK"),
        ({"type": "ColumnNotEmptyRule", "columns": ["id", "amount"]}, "ERROR"),
        ({"type": "ColumnEmptyRule", "columns": ["color"]}, "ERROR"),
        ({"type": "ValuesInSetRule", "columns": ["color"], "valueSet": ["red", "blue"]}, "OK"),
        ({"type": "ValuesInSetRule", "columns": ["color"], "valueSet": ["red"]}, "ERROR"),
        ({"type": "ModeValueInSetRule", "columns": ["color"], "valueSet": ["red"]}, "OK"),
        ({"type": "ModeValueInSetRule", "columns": [], "valueSet": ["red"]}, "EMPTY"),
        (
            {
                "type": "ColumnUniqueValuesRule",
                "columns": ["color"],
                "thresholdType": "MIN_COUNT",
                "minimum": 3,
                "minimumEnabled": True,
            },
            "ERROR",
        ),
        ({"type": "FileSizeInRangeRule", "maximum": 10, "maximumEnabled": True}, "ERROR"),
    ],
)
def test_outcome_by_type(dataset: Any, rule: dict[str, Any], outcome: str) -> None:
    """5.2: computed on the rows; the worst column counts."""
    assert computed(dataset.get_data_quality_rules(), rule)[0] == outcome


def test_what_cannot_be_computed_is_refused_and_nothing_is_kept(dataset: Any) -> None:
    """No made-up outcome: code, plugins, thresholds of unknown meaning."""
    rules = dataset.get_data_quality_rules()
    rules.create_rule(record_count(minimum=1))
    percentage = {"thresholdType": "MIN_PERCENTAGE_EMPTY", "minimum": 1.0, "minimumEnabled": True}
    for config in (
        {"type": "python", "code": "x"},
        {"type": "DatasetSchemaContainsRule"},
        {"type": "ColumnEmptyRule", "columns": ["id"], **percentage},
    ):
        rule = rules.create_rule(config)
        assert "the emulator cannot compute" in refusal(rules.compute_rules)
        rule.delete()
    assert rules.get_last_rules_results() == []


def test_results_status_and_history(dataset: Any) -> None:
    """5.2: 404 before the first computation; then the worst of the enabled rules' last results; the history has all."""
    rules = dataset.get_data_quality_rules()
    rules.create_rule(record_count(minimum=1))
    bad = rules.create_rule(record_count(minimum=9))
    assert "NotFoundException" in refusal(rules.get_status)
    assert bad.get_last_result() is None
    outcome_of(rules.compute_rules())
    assert rules.get_status() == "ERROR"
    assert rules.get_status_by_partition() == {"NP": "ERROR"}
    assert rules.get_partitions_status() == {"NP": "ERROR"}
    results = rules.get_last_rules_results()
    assert [(result.outcome, result.partition) for result in results] == [("OK", "NP"), ("ERROR", "NP")]
    assert all(result.compute_date > 0 and result.run_origin and result.name == "Enough" for result in results)
    bad.rule["enabled"] = False
    bad.save()
    assert rules.get_status() == "OK"
    outcome_of(rules.compute_rules())
    assert len(rules.get_rules_history()) == 3
    assert [result.id for result in bad.get_rule_history()] == [bad.id]
    assert len(rules.get_rules_history(results_per_page=2, page=1)) == 1
    assert rules.get_rules_history(max_timestamp=1) == []
    path = f"/projects/{KEY}/datasets/orders/data-quality/history/NP"
    dataset.client._perform_empty("DELETE", path)  # older clients have no call for it
    assert rules.get_rules_history() == []
    assert "NotFoundException" in refusal(rules.get_status)


def test_partitions_status_without_partitions_falls_over(dss: Dss, dataset: Any) -> None:
    """A NullPointerException on DSS 15 [seen], although the page calls the parameter optional."""
    url = dss.api(f"/projects/{KEY}/datasets/orders/data-quality/get-partitions-status")
    assert dss.http().post(url).json()["errorType"] == "java.lang.NullPointerException"


def test_rules_are_new_in_12(steered: NodeProcess) -> None:
    """5.2: since 12.6 [doc]."""
    with opened(steered) as dss:
        project = dss.client().create_project("RULES", "Rules", "admin")
        rules = with_rows(project).get_data_quality_rules()
        steered.set_profile(dss_version="11.4.0")
        assert "404" in refusal(rules.list_rules)
        steered.set_profile(dss_version="14.2.0")
        project.delete()


def metric(dataset: Any, metric_id: str) -> Any:
    return dataset.get_last_metric_values().get_global_value(metric_id)


def test_metrics_are_those_of_the_enabled_probes(dataset: Any) -> None:
    """5.1, 5.2: a fresh dataset has basic data and record count; values are kept and have a history."""
    report = dataset.compute_metrics()["result"]
    assert {entry["metricId"]: entry["value"] for entry in report["computed"]} == {
        "basic:COUNT_COLUMNS": "3",
        "basic:COUNT_FILES": "1",
        "basic:SIZE": str(len(ROWS)),
        "records:COUNT_RECORDS": "4",
    }
    assert metric(dataset, "records:COUNT_RECORDS") == 4
    dataset.compute_metrics(metric_ids=["records:COUNT_RECORDS"])
    history = dataset.get_metric_history("records:COUNT_RECORDS")
    assert [point["value"] for point in history["values"]] == [4, 4]
    assert history["values"][0]["time"] < history["values"][1]["time"]


def test_column_statistics(dataset: Any) -> None:
    """object-shapes 3: ids ``col_stats:SUM:col``; empty cells do not count."""
    aggregates = [{"column": "amount", "aggregated": name} for name in ("SUM", "MEAN", "MIN", "COUNT_NULL")]
    probes = [
        {"type": "col_stats", "configuration": {"aggregates": aggregates}},
        {"type": "adv_col_stats", "configuration": {"aggregates": [{"column": "color", "aggregated": "MODE"}]}},
        {"type": "percentile_stats", "configuration": {"aggregates": [{"column": "id", "aggregated": "P50"}]}},
    ]
    dataset.compute_metrics(probes=probes)
    expected = {"SUM": 60.0, "MEAN": 20.0, "MIN": 10.0, "COUNT_NULL": 1}
    assert {name: metric(dataset, f"col_stats:{name}:amount") for name in expected} == expected
    assert metric(dataset, "adv_col_stats:MODE:color") == "red"
    assert metric(dataset, "percentile_stats:P50:id") == 2.5


def test_metrics_that_cannot_be_computed_are_refused(project: Any, dataset: Any) -> None:
    """No made-up value: code, unknown ids, columns, data that never was."""
    assert "the emulator cannot compute" in refusal(lambda: dataset.compute_metrics(probes=[{"type": "python"}]))
    assert "not computed by any" in refusal(lambda: dataset.compute_metrics(metric_ids=["col_stats:SUM:amount"]))
    bad = [{"type": "col_stats", "configuration": {"aggregates": [{"column": "x", "aggregated": "SUM"}]}}]
    assert "Column not found" in refusal(lambda: dataset.compute_metrics(probes=bad))
    assert dataset.get_last_metric_values().get_all_ids() == []
    project.new_managed_dataset("empty").with_store_into("filesystem_managed").create()
    assert "does not exist" in refusal(project.get_dataset("empty").compute_metrics)


def test_answer_of_a_computation(steered: NodeProcess) -> None:
    """5.2: the result, or a future, both [seen]."""
    with opened(steered) as dss:
        project = dss.client().create_project("RULES", "Rules", "admin")
        dataset = with_rows(project)
        steered.set_profile(dataset_metrics_answer="future")
        answer = dataset.compute_metrics()
        assert answer["jobId"]
        future = dss.client().get_future(answer["jobId"])
        assert len(outcome_of(future)["computed"]) == 4
        project.delete()


def test_legacy_checks_judge_the_last_metric(dataset: Any) -> None:
    """5.1: ``numericRange`` and ``valueSet`` on a metric; EMPTY while it was never computed."""
    rules = dataset.get_data_quality_rules()
    number = {"type": "numericRange", "metricId": "records:COUNT_RECORDS", "maximum": 3, "maximumEnabled": True}
    known = {"type": "valueSet", "metricId": "records:COUNT_RECORDS", "values": ["4"]}
    for config in (number, known):
        rules.create_rule({**config, "meta": {"name": config["type"], "label": "old"}})
    assert [result["outcome"] for result in dataset.run_checks()["result"]["results"]] == ["EMPTY", "EMPTY"]
    dataset.compute_metrics()
    results = dataset.run_checks()["result"]["results"]
    assert [(result["name"], result["outcome"]) for result in results] == [("old", "ERROR"), ("old", "OK")]


def test_checks_can_be_given(dataset: Any) -> None:
    """5.2: definitions in the body are computed, not kept."""
    (result,) = dataset.run_checks(checks=[record_count(minimum=9)])["result"]["results"]
    assert result["outcome"] == "ERROR"
    assert dataset.get_data_quality_rules().list_rules() == []
    assert dataset.get_data_quality_rules().get_rules_history() == []


def test_metrics_of_a_folder(project: Any) -> None:
    """8.1: a future; number and size of the files; last values and history."""
    folder = project.create_managed_folder("f")
    folder.put_file("a.txt", io.BytesIO(b"12345"))
    folder.put_file("b/c.txt", io.BytesIO(b"1"))
    future = project.client.get_future(folder.compute_metrics()["jobId"])
    found = {entry["metricId"]: entry["value"] for entry in outcome_of(future)["computed"]}
    assert found == {"basic:COUNT_FILES": "2", "basic:SIZE": "6"}
    assert folder.get_last_metric_values().get_global_value("basic:SIZE") == 6
    assert [point["value"] for point in folder.get_metric_history("basic:COUNT_FILES")["values"]] == [2]


def test_measurements_follow_and_go_with_their_object(project: Any, dataset: Any) -> None:
    """A renamed dataset keeps them, a new one under an old name has none."""
    rules = dataset.get_data_quality_rules()
    rules.create_rule(record_count(minimum=1))
    outcome_of(rules.compute_rules())
    dataset.compute_metrics()
    dataset.rename("sales")
    renamed = project.get_dataset("sales")
    assert renamed.get_data_quality_rules().get_status() == "OK"
    assert metric(renamed, "records:COUNT_RECORDS") == 4
    renamed.delete()
    again = with_rows(project, "sales")
    assert again.get_last_metric_values().get_all_ids() == []
    assert again.get_data_quality_rules().get_rules_history() == []


@pytest.fixture
def reader(clients: Clients) -> Iterator[Any]:
    """A dataset as somebody sees it who may only read."""
    project = clients.admin.create_project("QUALITY", "Quality", "admin")
    with_rows(project)
    client = clients.user("quality_reader", "readers")
    permissions = project.get_permissions()
    permissions["permissions"] = [{"user": "quality_reader", "readProjectContent": True}]
    project.set_permissions(permissions)
    yield client.get_project("QUALITY").get_dataset("orders")
    project.delete()


def test_rights(reader: Any) -> None:
    """10.2: reading needs read; defining and computing need write."""
    rules = reader.get_data_quality_rules()
    assert rules.list_rules() == []
    assert reader.get_last_metric_values().get_all_ids() == []
    for call in (lambda: rules.create_rule(record_count(minimum=1)), rules.compute_rules, reader.compute_metrics):
        assert "Unauthorized" in refusal(call)


def test_restart(steered: NodeProcess) -> None:
    """Nothing that was answered is lost."""
    with opened(steered) as dss:
        project = dss.client().create_project("RULES2", "Rules", "admin")
        dataset = with_rows(project)
        rules = dataset.get_data_quality_rules()
        rules.create_rule(record_count(minimum=9))
        outcome_of(rules.compute_rules())
        dataset.compute_metrics()
    steered.kill()
    steered.restart()
    with opened(steered) as dss:
        project = dss.client().get_project("RULES2")
        dataset = project.get_dataset("orders")
        assert dataset.get_data_quality_rules().get_status() == "ERROR"
        assert metric(dataset, "records:COUNT_RECORDS") == 4
        project.delete()
