"""A process killed by SIGKILL at each point of a run, and another that goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.journal import Absent, End, EndStatus
from dataiku_iac.store import crashpoints
from dataiku_iac.store.clock import RandomIds, SystemClock
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.stack_store import StackStore
from tests.store.world import owner

_RUN = """
import os, sys
from pathlib import Path
from dataiku_iac.core.journal import End, EndStatus
from dataiku_iac.store import crashpoints
from dataiku_iac.store.clock import RandomIds, SystemClock
from dataiku_iac.store.directory_blobs import DirectoryBlobs
from dataiku_iac.store.processes import make_owner
from dataiku_iac.store.stack_store import StackStore
from tests.store.world import BEGIN, done, intent
crashpoints.arm(os.environ)
store = StackStore.open_or_init(DirectoryBlobs(Path(sys.argv[1])), environment="prod", stack="crm", clock=SystemClock(), ids=RandomIds())
with store.leases.acquire(make_owner(run="r1", op="apply", user="alice", node_url="", plugin_version="0")) as lease:
    store.plans.put_run_plan("r1", {"plan": 1})
    head = store.heads.open_run(store.heads.read(), run="r1", lease=lease)
    with store.journal("r1").begin(lease, BEGIN) as journal:
        for aid in ("a", "b"):
            lease.gate()
            store.plans.put_blob(aid.encode())
            journal.append(intent(aid))
            with (Path(sys.argv[2])).open("a") as effects:  # stands for the request to the node
                effects.write(aid)
            journal.append(done(aid))
        head = store.heads.commit(head, state={"a": 1, "b": 1}, resources=2, journal_upto=journal.flush(), lease=lease, close=True)
        journal.append(End(EndStatus.OK))
"""


def run_child(root: Path, effects: Path, **environ: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", _RUN, str(root), str(effects)],
        env={**os.environ, "PYTHONPATH": f"python-lib{os.pathsep}.", **environ},
        check=False,
        timeout=60,
    ).returncode


def recover(root: Path, effects: Path) -> None:
    """Go on from whatever is there, and check what must hold at every point."""
    store = StackStore.open_or_init(
        DirectoryBlobs(root), environment="prod", stack="crm", clock=SystemClock(), ids=RandomIds()
    )
    sent = effects.read_text() if effects.exists() else ""
    with store.leases.acquire(owner("r2")) as lease:  # at once: the owner's process is dead
        head = store.heads.read()
        summed = store.journal("r1").replay()
        # No effect without a durable intent, and no DONE without its effect.
        assert set(sent) <= set(summed.intents)
        assert set(summed.done) <= set(sent)
        assert len(set(sent)) == len(sent)
        if head.head.open_run is None:
            assert head.head.serial in (0, 1)
            assert (head.head.serial == 1) == (len(sent) == 2)
            return
        with store.journal("r1").take_over(lease) as journal:
            head = store.heads.take_fence(store.heads.read(), lease=lease)
            for intent in journal.replayed().open_intents:
                journal.append(Absent(intent.aid))
            state = dict.fromkeys(sent, 1)
            store.heads.commit(
                head, state=state, resources=len(sent), journal_upto=journal.flush(), lease=lease, close=True
            )
            journal.append(End(EndStatus.ABANDONED))
    after = store.heads.read().head
    loaded = store.heads.load(after)
    assert loaded is not None
    assert (after.open_run, loaded.state) == (None, state)
    assert store.journal("r1").replay().ended == End(EndStatus.ABANDONED)


def test_killed_anywhere_the_store_stays_whole_and_another_process_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "points"
    assert run_child(tmp_path / "whole", tmp_path / "whole-effects", IAC_CRASH_LOG=str(log)) == 0
    points = log.read_text().splitlines()
    assert len(points) >= 30
    for number, point in enumerate(points, start=1):
        root, effects = tmp_path / str(number), tmp_path / f"{number}-effects"
        assert run_child(root, effects, IAC_CRASH=str(number)) == -signal.SIGKILL, point
        recover(root, effects)


def test_nothing_is_armed_without_being_asked() -> None:
    crashpoints.arm({})
    for _ in range(1000):
        crashpoints.crashpoint("anywhere")


@pytest.mark.parametrize("value", ["0", "x", "-1", "1.5"])
def test_senseless_number_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match="IAC_CRASH"):
        crashpoints.arm({"IAC_CRASH": value})
