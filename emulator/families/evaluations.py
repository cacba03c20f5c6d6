"""The evaluations in an evaluation store: data, beside the project.

They lie in ``<data-dir>/model_evaluation_stores/KEY/STORE/ID.json`` (where a real node has them is not known from the API). Only
evaluations with metrics of one's own can be added: nothing is evaluated here. Source: the official client, api-flow.md 11.2.
"""

import re
from typing import TYPE_CHECKING, Final

from emulator.errors import illegal_argument, not_found
from emulator.json_text import JsonObject
from emulator.naming import already_exists
from emulator.projects.project import Project

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["FOLDER", "Evaluations"]

FOLDER: Final = "model_evaluation_stores"
_ID: Final = re.compile(r"\w+")


class Evaluations:
    """The evaluations of one store."""

    def __init__(self, world: "World", project: Project, store_id: str) -> None:
        self._world = world
        self._key = project.key
        self._store_id = store_id
        self._disk = world.disk.sub(f"{FOLDER}/{project.key}/{store_id}")

    def listing(self) -> list[JsonObject]:
        """Return the heads of all evaluations, oldest first [client doc]."""
        found = [self.view(file.stem)["evaluation"] for file in self._disk.root.glob("*.json")]
        return sorted(found, key=lambda head: (head["created"], head["ref"]["evaluationId"]))

    def view(self, evaluation_id: str) -> JsonObject:
        """Return ``{evaluation: {ref, created, userMeta, ...}, metrics}``."""
        named = _ID.fullmatch(evaluation_id)
        found: JsonObject | None = self._disk.read_json(f"{evaluation_id}.json") if named else None
        if found is None:
            raise not_found(f"evaluation does not exist: {self._key}.{self._store_id}.{evaluation_id}")
        return found

    def add(self, body: JsonObject) -> JsonObject:
        """Keep an evaluation with the metrics in ``body`` and return it; its id is drawn unless given."""
        known = [head["ref"]["evaluationId"] for head in self.listing()]
        evaluation_id = body.get("evaluationId") or self._world.ids.draw(8, taken=known)
        if not isinstance(evaluation_id, str) or not _ID.fullmatch(evaluation_id):
            raise illegal_argument(f"Invalid evaluation id: {evaluation_id}")
        if evaluation_id in known:
            raise already_exists("Evaluation", evaluation_id, self._world.profile)
        metrics = body.get("metrics")
        if not isinstance(metrics, list) or not all(
            isinstance(item, dict) and item.get("metricCode") for item in metrics
        ):
            raise illegal_argument("Every metric needs a metricCode")
        ref = {
            "projectKey": self._key,
            "evaluationStoreId": self._store_id,
            "evaluationId": evaluation_id,
            "fullId": f"ME-{self._key}-{self._store_id}-{evaluation_id}",  # [client]
        }
        head: JsonObject = {
            "ref": ref,
            "created": self._world.clock.now_ms(),
            "userMeta": {"name": body.get("name") or evaluation_id, "labels": body.get("labels") or []},
            **({"modelRef": {"fullId": body["fullModelId"]}} if body.get("fullModelId") else {}),
        }
        document = {"evaluation": head, "metrics": {item["metricCode"]: item.get("value") for item in metrics}}
        self._disk.write_json(f"{evaluation_id}.json", document)
        return document

    def save_user_meta(self, evaluation_id: str, meta: JsonObject) -> None:
        """Replace name and labels."""
        found = self.view(evaluation_id)
        self._disk.write_json(
            f"{evaluation_id}.json", {**found, "evaluation": {**found["evaluation"], "userMeta": meta}}
        )

    def delete(self, evaluation_ids: list[str]) -> None:
        """Remove evaluations, none if one of them is not there."""
        for evaluation_id in evaluation_ids:
            self.view(evaluation_id)
        for evaluation_id in evaluation_ids:
            self._disk.delete(f"{evaluation_id}.json")

    def delete_all(self) -> None:
        """Remove all evaluations."""
        self._disk.delete("")
