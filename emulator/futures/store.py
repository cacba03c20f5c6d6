"""Long tasks: started, polled, delivered once, lost at restart.

Any area starts one with ``world.state_of(Futures).start(...)`` and answers with the state it returns.
Source: api-projects-scenarios-deployer.md 2.2, api-flow.md 10.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from emulator.disk import current_effect
from emulator.errors import DssError, illegal_argument
from emulator.git.acts import Commits
from emulator.json_text import JsonObject
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["Future", "Futures"]

_ID_LENGTH: Final = 8


class Future:
    """One long task. Its coroutine may report ``progress`` while it runs."""

    def __init__(self, job_id: str, owner: Caller, name: str, payload: JsonObject, started_at_ms: int) -> None:
        self.job_id = job_id
        self.owner = owner
        self.name = name
        self.payload = payload
        self.started_at_ms = started_at_ms
        self.progress_states: list[JsonObject] = []
        self.result: object = None
        self.error: DssError | None = None
        self.is_aborted = False
        self.task: asyncio.Task[None] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the task still runs."""
        return self.task is not None and not self.task.done()

    def progress(self, name: str, current: float, target: float, unit: str = "NONE") -> None:
        """Tell how far the task is, e.g. ``progress("Installing", 3, 10)``."""
        self.progress_states = [{"name": name, "target": target, "cur": current, "unit": unit}]

    async def run(self, work: "Callable[[Future], Awaitable[object]]") -> None:
        """Carry the task out and keep its result or error."""
        try:
            self.result = await work(self)
        except DssError as error:
            self.error = error
        except asyncio.CancelledError:
            self.is_aborted = True
        except Exception as error:  # noqa: BLE001  a task's outermost place: its caller reads the error
            self.error = DssError(500, "emulator.Defect", f"defect in the emulator: {type(error).__name__}: {error}")


class Futures:
    """The futures of one node, in memory only: a restarted backend has lost them all [client]."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._futures: dict[str, Future] = {}

    def start(
        self,
        work: Callable[[Future], Awaitable[object]],
        *,
        owner: Caller,
        name: str,
        payload: JsonObject | None = None,
    ) -> JsonObject:
        """Start ``work`` on the event loop and return the state to answer with (with ``jobId``, no result yet)."""
        future = self._add(owner, name, payload)
        future.task = asyncio.get_running_loop().create_task(self._run(future, work))
        return self._state(future)

    def finished(self, result: object, *, owner: Caller, name: str) -> JsonObject:
        """Return the state to answer with for work that is already done.

        Either at once, then there is no future and no ``jobId``, or through a future (``Profile.futures_answer_at_once``).
        """
        if self._world.profile.futures_answer_at_once:
            return {"hasResult": True, "result": result, "alive": False, "aborted": False, "unknown": False}
        future = self._add(owner, name, None)
        future.result = result
        return {**self._state(future), "alive": True, "hasResult": False}

    def state(self, job_id: str, *, peek: bool) -> JsonObject:
        """Return the state of a future; without ``peek`` a finished one is delivered and forgotten.

        Raises 400 "No future by that id" for unknown, delivered or lost ones [seen], and the task's own error if it failed.
        """
        future = self._find(job_id)
        if future.is_alive:
            return self._state(future)
        if peek:
            state = self._state(future)
            return {**state, "hasResult": True}
        del self._futures[job_id]
        if future.error is not None and self._world.profile.failed_future == "error":
            raise future.error
        state = self._state(future)
        if future.error is not None:
            return state
        return {**state, "hasResult": True, "result": future.result}

    def abort(self, job_id: str) -> None:
        """Ask a future to stop."""
        future = self._find(job_id)
        if future.task is not None and not future.task.done():
            future.task.cancel()
            future.is_aborted = True

    def listing(self, owner: Caller, *, all_users: bool) -> Iterator[JsonObject]:
        """Yield the running futures of ``owner``, or of everybody."""
        for future in self._futures.values():
            if future.is_alive and (all_users or future.owner.identity == owner.identity):
                yield self._state(future)

    async def _run(self, future: Future, work: Callable[[Future], Awaitable[object]]) -> None:
        """Carry a task out: an act of the call that began it, and one commit."""
        try:
            await future.run(work)
        finally:
            self._world.state_of(Commits).finish(current_effect.get())

    def _add(self, owner: Caller, name: str, payload: JsonObject | None) -> Future:
        job_id = self._world.ids.draw(_ID_LENGTH, taken=self._futures)
        kept = {"displayName": name, "extras": {}, **(payload or {})}
        future = Future(job_id, owner, name, kept, self._world.clock.now_ms())
        self._futures[job_id] = future
        return future

    def _find(self, job_id: str) -> Future:
        if job_id not in self._futures:
            raise illegal_argument("No future by that id")
        return self._futures[job_id]

    def _state(self, future: Future) -> JsonObject:
        state: dict[str, Any] = {
            "jobId": future.job_id,
            "owner": future.owner.identity,
            "alive": future.is_alive,
            "aborted": future.is_aborted,
            "unknown": False,
            "hasResult": future.is_aborted and not future.is_alive,
            "startTime": future.started_at_ms,
            "runningTime": max(0, self._world.clock.now_ms() - future.started_at_ms),
            "payload": future.payload,
        }
        if future.progress_states:
            state["progress"] = {"states": future.progress_states}
        return state
