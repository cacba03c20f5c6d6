"""Base of kinds whose objects have metrics and checks: datasets, folders.

Probes, bounds and names that DSS makes by itself are noise by what stands beside them, which no path of a field table says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import JsonObject, is_object
from dataiku_iac.core.kind import Document, Kind
from dataiku_iac.resources.metric_noise import keep_usual_probes, lean_definition

__all__ = ["MeasuredKind"]


class MeasuredKind(Kind):
    """A kind with ``definition.metrics`` and a block of checks.

    Attributes:
        checks_key: the key of that block, ``metricsChecks`` or ``checks``.
        usual_probes: what every such object has.
    """

    checks_key: ClassVar[str]
    usual_probes: ClassVar[Sequence[JsonObject]]

    def stripped(self, document: Document) -> Document:
        """See ``Kind``."""
        found = super().stripped(document)
        definition = found.get("definition")
        if not is_object(definition):
            return found
        lean = self.lean(definition, document)
        return {**found, "definition": lean} if lean else {key: found[key] for key in found if key != "definition"}

    def lean(self, definition: JsonObject, document: Document) -> JsonObject:
        """Return a stripped ``definition`` without noise; ``document`` is what it was before."""
        return lean_definition(definition, self.checks_key)

    def fingerprint(self, document: Document) -> str:
        """See ``Kind``: of what is left of it."""
        return super().fingerprint(self.stripped(document))

    def put(
        self,
        document: Document,
        spec: JsonObject,
        address: Address,
        *,
        before: JsonObject | None = None,
        written: bool = False,
    ) -> Document:
        """See ``Kind``. Usual probes go back to their default instead of away."""
        after = super().put(document, spec, address, before=before, written=written)
        old, new = document.get("definition"), after.get("definition")
        metrics = new.get("metrics") if is_object(new) else None
        if not (is_object(old) and is_object(new) and is_object(metrics)):
            return after
        kept = keep_usual_probes(old.get("metrics"), metrics, self.usual_probes)
        return after if kept is metrics else {**after, "definition": {**new, "metrics": kept}}
