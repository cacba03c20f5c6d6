"""Whether a command may leave projects unread, as the environment says; and keeping what it learned."""

from __future__ import annotations

from dataiku_iac.commands.wiring import Bench
from dataiku_iac.core.errors import NodeError
from dataiku_iac.core.proof import Basis
from dataiku_iac.dss.identity import read_node_facts
from dataiku_iac.engine.trust import GitTrust
from dataiku_iac.store.stack_store import StackStore

__all__ = ["keep_proofs", "open_trust"]


def open_trust(bench: Bench, store: StackStore | None, *, may_write: bool, survey: bool = False) -> GitTrust | None:
    """Return the proofs of the stack if its environment has ``trust_git``, and there can be any; costs one call.

    ``may_write``: new ones may be stored.
    """
    if store is None or not bench.stack().trust_git:
        return None
    node = bench.node()
    try:
        facts = read_node_facts(node.session)
    except NodeError:
        return None  # nobody knows which node it is; reading it says what is wrong
    basis = Basis(node.url, facts.node_id, facts.dss_version, bench.surroundings.plugin_version)
    return GitTrust(basis, store.proofs.read(), makes=may_write, survey=survey)


def keep_proofs(trust: GitTrust | None, store: StackStore | None) -> None:
    """Store what has become known; a store that does not take it costs the next plan its calls, and nothing else."""
    proofs = None if trust is None else trust.proofs
    if proofs is not None and store is not None:
        store.proofs.save(proofs)
