"""Rules of a dataset and their results. Source: api-flow.md 5.2.

Rules stand in ``metricsChecks.checks`` of the dataset, so a PUT of the whole dataset replaces them; results belong to the node.
"""

from typing import TYPE_CHECKING, Final

from emulator.data_quality.outcomes import judge, worst
from emulator.data_quality.shapes import typed_rule
from emulator.datasets.store import DatasetStore
from emulator.errors import not_found
from emulator.json_text import JsonObject
from emulator.metrics.measuring import measured_dataset
from emulator.metrics.points import WHOLE, MetricPoints
from emulator.projects.project import Project
from emulator.rights import Caller

if TYPE_CHECKING:
    from collections.abc import Collection

    from emulator.world import World

__all__ = ["RuleStore"]

_ID_LENGTH: Final = 8


class RuleStore:
    """The rule calls on one dataset."""

    def __init__(self, world: "World", project: Project, dataset: str) -> None:
        self._world = world
        self._project = project
        self._dataset = dataset
        self._store = DatasetStore(world, project)
        self._results_file = f"metrics/{project.key}/DATASET.{dataset}/rules.json"

    def rules(self) -> list[JsonObject]:
        """Return the rules as they stand in the dataset, old checks among them."""
        checks: list[JsonObject] = self._store.stored(self._dataset)["metricsChecks"]["checks"]
        return checks

    def create(self, body: JsonObject, caller: Caller) -> JsonObject:
        """Append a rule and return it with its new id and its defaults."""
        before = self.rules()
        rule = self._typed(
            {**body, "id": self._world.ids.draw(_ID_LENGTH, taken={str(rule.get("id")) for rule in before})}
        )
        self._save([*before, rule], caller)
        return rule

    def save(self, rule_id: str, body: JsonObject, caller: Caller) -> None:
        """Replace a rule where it stands."""
        index = self._index(rule_id)
        rules = self.rules()
        self._save([*rules[:index], self._typed({**body, "id": rule_id}), *rules[index + 1 :]], caller)

    def delete(self, rule_id: str, caller: Caller) -> None:
        """Remove a rule; its results stay in the history."""
        index = self._index(rule_id)
        rules = self.rules()
        self._save([*rules[:index], *rules[index + 1 :]], caller)

    def compute(self, rule_id: str | None = None, *, run_origin: str = "MANUAL") -> list[JsonObject]:
        """Compute the enabled rules (or this one), keep and return the results; nothing is kept if one cannot be computed."""
        if rule_id is not None:
            self._index(rule_id)
        chosen = [
            rule
            for rule in self.rules()
            if (rule.get("enabled", True) if rule_id is None else rule.get("id") == rule_id)
        ]
        return self._keep(self.judged(chosen, run_origin=run_origin))

    def judged(self, rules: list[JsonObject], *, run_origin: str) -> list[JsonObject]:
        """Return the results of rules, which need not be those of the dataset, without keeping them."""
        measured = measured_dataset(self._world, self._project, self._dataset)
        points = MetricPoints(self._world, self._project.key, "DATASET", self._dataset)
        results = []
        for rule in rules:
            typed = self._typed(rule)
            outcome = judge(typed, measured, lambda metric_id: (points.last(metric_id) or {}).get("value"))
            results.append(
                {
                    "id": typed.get("id"),
                    "name": typed.get("displayName"),
                    "outcome": outcome.outcome,
                    "message": outcome.message,
                    "computeDate": self._world.clock.now_ms(),
                    "runOrigin": run_origin,
                    "partition": WHOLE,
                }
            )
        return results

    def history(self) -> list[JsonObject]:
        """Return all results, the newest first [inferred]."""
        self._store.stored(self._dataset)
        return list(reversed(self._world.disk.read_json(self._results_file) or []))

    def forget_history(self) -> None:
        """Remove all results."""
        self._store.stored(self._dataset)
        self._world.disk.delete(self._results_file)

    def last_results(self, rule_id: str | None = None) -> list[JsonObject]:
        """Return the last result of each rule that is still there, in the order of the rules; none for one never computed."""
        newest: dict[object, JsonObject] = {}
        for result in self.history():
            newest.setdefault(result["id"], result)
        ids = [rule.get("id") for rule in self.rules()] if rule_id is None else [rule_id]
        return [newest[found] for found in ids if found in newest]

    def status(self) -> str | None:
        """Return the worst last outcome of the enabled rules, or ``None`` if none was ever computed."""
        enabled: Collection[object] = [rule.get("id") for rule in self.rules() if rule.get("enabled", True)]
        return worst(result["outcome"] for result in self.last_results() if result["id"] in enabled)

    def _keep(self, results: list[JsonObject]) -> list[JsonObject]:
        known = self._world.disk.read_json(self._results_file) or []
        self._world.disk.write_json(self._results_file, [*known, *results])
        return results

    def _typed(self, rule: JsonObject) -> JsonObject:
        typed = typed_rule(rule, self._world.profile)
        label = (typed.get("meta") or {}).get("label")
        return {**typed, "displayName": typed.get("displayName") or label or typed["type"]}

    def _index(self, rule_id: str) -> int:
        for index, rule in enumerate(self.rules()):
            if rule.get("id") == rule_id:
                return index
        raise not_found(f"data quality rule does not exist: {self._project.key}.{self._dataset}.{rule_id}")

    def _save(self, rules: list[JsonObject], caller: Caller) -> None:
        document = self._store.stored(self._dataset)
        changed = {**document, "metricsChecks": {**document["metricsChecks"], "checks": rules}}
        self._project.family("datasets", "DATASET").save(self._dataset, changed, caller.identity)
