"""Reading what many tasks ask for at once: the zones of a project, above all."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from dataiku_iac.core.canonical import Json
from dataiku_iac.core.roles import NodeReader

__all__ = ["SharedReader"]


@dataclass(slots=True)
class _Question:
    """One path: at most one request for it is on the way, and those who ask meanwhile share the next one."""

    on_the_way: threading.Lock = field(default_factory=threading.Lock)
    next: Future[Json] | None = None


class SharedReader:
    """A ``NodeReader`` for tasks that run in parallel. Safe for threads.

    An answer is given only to those who asked *before* its request was sent, so that nobody who reads back what he wrote is
    told of a time before that. Answers are shared: nobody may change one.
    """

    def __init__(self, reader: NodeReader) -> None:
        self._reader = reader
        self._guard = threading.Lock()
        self._questions: dict[str, _Question] = {}

    def get(self, path: str, *, params: dict[str, str] | None = None) -> Json:
        """See ``NodeReader.get``; a failure is shared as well."""
        key = path if not params else f"{path}?{sorted(params.items())}"
        with self._guard:
            question = self._questions.setdefault(key, _Question())
            is_asked = question.next is not None
            answer = question.next = question.next or Future()
        if not is_asked:
            with question.on_the_way:
                with self._guard:
                    question.next = None  # whoever asks from now on needs a later request
                self._ask(answer, path, params)
                with self._guard:
                    if question.next is None:
                        self._questions.pop(key, None)
        return answer.result()

    def _ask(self, answer: Future[Json], path: str, params: dict[str, str] | None) -> None:
        try:
            answer.set_result(self._reader.get(path, params=params))
        except BaseException as error:  # noqa: BLE001  whatever it was, nobody may wait for ever
            answer.set_exception(error)

    def get_many(self, paths: Sequence[str]) -> list[Json]:
        """See ``NodeReader.get_many``."""
        return self._reader.get_many(paths)

    def get_text(self, path: str) -> str:
        """See ``NodeReader.get_text``."""
        return self._reader.get_text(path)
