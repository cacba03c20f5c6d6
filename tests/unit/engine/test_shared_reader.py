"""Tasks that ask for the same thing at once share the answer, but nobody gets one from before he asked."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import NodeUnavailable
from dataiku_iac.engine.shared_reader import SharedReader

WAIT_S = 20.0


class GatedNode:
    """Answers with the number of the request, once it is let through."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.began = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)
        self.fails = False

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        self.asked.append(path)
        number = len(self.asked)
        self.began.release()
        assert self.gate.acquire(timeout=WAIT_S)
        if self.fails:
            raise NodeUnavailable("gone", where="node", next_step="wait")
        return number

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        return [self.get(path) for path in paths]

    def get_text(self, path: str) -> str:
        return str(self.get(path))


def test_those_who_ask_while_a_request_is_on_the_way_share_the_next_one() -> None:
    node = GatedNode()
    reader = SharedReader(node)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(reader.get, "/zones")
        assert node.began.acquire(timeout=WAIT_S)
        leader = pool.submit(reader.get, "/zones")
        shared, joined = the_next(reader, "/zones"), threading.Semaphore(0)
        result = shared.result

        def counted(timeout: float | None = None) -> Json:
            joined.release()
            return result(timeout)

        shared.result = counted  # type: ignore[method-assign]  # tells when somebody waits for it
        later = [pool.submit(reader.get, "/zones") for _ in range(4)]
        assert all(joined.acquire(timeout=WAIT_S) for _ in later)
        other = pool.submit(reader.get, "/datasets")
        assert node.began.acquire(timeout=WAIT_S)  # another question does not wait
        assert node.asked == ["/zones", "/datasets"]
        node.gate.release(3)
        assert {first.result(WAIT_S), other.result(WAIT_S)} == {1, 2}
        assert {future.result(WAIT_S) for future in (leader, *later)} == {3}  # sent after they asked
    assert node.asked == ["/zones", "/datasets", "/zones"]


def the_next(reader: SharedReader, path: str) -> Future[Json]:
    """Wait until somebody asks for what nobody was sent to fetch yet."""
    while (found := reader._questions[path].next) is None:
        threading.Event().wait(0.001)
    return found


def test_one_after_the_other_each_asks_the_node() -> None:
    node = GatedNode()
    reader = SharedReader(node)
    for number in (1, 2, 3):
        node.gate.release()
        assert reader.get("/zones") == number


def test_a_failure_is_everybodys_and_is_not_kept() -> None:
    node = GatedNode()
    node.fails = True
    reader = SharedReader(node)
    node.gate.release()
    with pytest.raises(NodeUnavailable):
        reader.get("/zones")
    node.fails = False
    node.gate.release()
    assert reader.get("/zones") == 2


def test_parameters_are_part_of_the_question() -> None:
    node = GatedNode()
    reader = SharedReader(node)
    node.gate.release(2)
    assert reader.get("/names", params={"type": "a"}) != reader.get("/names", params={"type": "b"})
