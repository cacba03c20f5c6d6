"""Which objects of a configuration a document names: the table of mentions says where, the registry what a name means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dataiku_iac.core.address import Address
from dataiku_iac.core.kind import COMPUTABLE, Document, Registry
from dataiku_iac.core.mentions import Mention, Mentioned, find_mentions

__all__ = ["address_of", "named_objects"]

_DATASET: Final = "dataset"


def named_objects(document: Document, mentions: Sequence[Mention], project: str) -> Iterator[tuple[Mentioned, Address]]:
    """Yield every mention in a portable document that names an object of a project, with that object's address.

    What is left out: connections and the like, ids that nobody knows, and names that hold variables of DSS.
    """
    for mention in find_mentions(document, mentions):
        found = address_of(mention.sort, mention.value, project)
        if found is not None:
            yield mention, found


def address_of(sort: str, value: str, project: str) -> Address | None:
    """Return what a mention of ``sort`` names in ``project``, or ``None`` if nobody can tell.

    >>> address_of("insight", "insight:Sales per day", "CRM"), address_of("dataset", "ERP.ORDERS", "CRM")
    (Address(kind='insight', project='CRM', name='Sales per day'), Address(kind='dataset', project='ERP', name='ORDERS'))
    >>> address_of("computable", "model:Churn", "CRM"), address_of("computable", "ERP.folder:exports", "CRM")
    (Address(kind='saved_model', project='CRM', name='Churn'), Address(kind='folder', project='ERP', name='exports'))
    >>> address_of("insight", "kX3jq1A", "CRM"), address_of("connection", "pg", "CRM")
    (None, None)
    """
    if not value or "${" in value:
        return None
    kinds = _registry()
    head, dot, own = value.partition(".")
    if kinds.meant_by(sort) and dot and ":" not in head:
        project, value = head, own
    for meant in kinds.meant_by(sort):
        if meant.prefix and value.startswith(meant.prefix):
            return Address(meant.name, project, value.removeprefix(meant.prefix))
    if sort == COMPUTABLE:
        return Address(_DATASET, project, value)
    if sort not in kinds or kinds[sort].chosen_by_server:
        return None
    foreign, dot, name = value.partition(".")
    return Address(sort, foreign, name) if dot and sort == _DATASET else Address(sort, project, value)


def _registry() -> Registry:
    from dataiku_iac.resources.registry import KINDS  # only now: it imports every kind, and they import this

    return KINDS
