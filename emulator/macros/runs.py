"""Runs of macros: started, polled, delivered once, lost at restart. Source: api-projects-scenarios-deployer.md 6.3, 6.4."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from emulator.errors import illegal_argument
from emulator.json_text import JsonObject
from emulator.macros.definitions import Macro
from emulator.macros.errors import macro_failed, no_choices, run_missing, still_running
from emulator.macros.process import Outcome, PluginProcess
from emulator.plugins.settings import PluginSettings
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["MacroRun", "MacroRuns", "required_run"]

_ID_LENGTH: Final = 12
_UNSERVED: Final = "FOLDER_FILE"


class MacroRun:
    """One run: its process while it lives, its outcome after."""

    def __init__(self, run_id: str, macro: Macro, project_key: str, caller: Caller, process: PluginProcess) -> None:
        self.id = run_id
        self.macro = macro
        self.project_key = project_key
        self.caller = caller
        self.process = process
        self.finished = asyncio.Event()
        self.outcome: Outcome | None = None
        self.is_aborted = False
        self._progress: JsonObject = {"name": macro.type, "target": -1, "cur": 0, "unit": "NONE"}

    def note(self, report: JsonObject) -> None:
        """Take a report of the process on its progress."""
        if "target" in report:
            self._progress |= {"target": report["target"], "unit": report.get("unit") or "NONE"}
        if "progress" in report:
            self._progress["cur"] = report["progress"]

    def state(self) -> JsonObject:
        """Return the state as the API tells it; of the alternative names of fields in the sources, both are there."""
        state: JsonObject = {"exists": True, "runId": self.id, "running": self.outcome is None}
        state |= {"type": self.macro.result_type, "resultType": self.macro.result_type, "aborted": self.is_aborted}
        if self.outcome is None:
            return {**state, "empty": False, "progress": {"states": [dict(self._progress)]}}
        if self.outcome.error is not None:
            return {**state, "empty": True, "storedError": self.outcome.error, "resultError": self.outcome.error}
        return {**state, "empty": not self.outcome.content}


class MacroRuns:
    """The runs of a node, in memory only; get it by ``world.state_of(MacroRuns)``."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._runs: dict[str, MacroRun] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def all(self) -> list[MacroRun]:
        """Return every run whose result was not fetched yet, oldest first."""
        return list(self._runs.values())

    def find(self, project_key: str, runnable_type: str, run_id: str) -> MacroRun | None:
        """Return a run of this macro in this project, or ``None``."""
        run = self._runs.get(run_id)
        if run is None or run.project_key != project_key or run.macro.type != runnable_type:
            return None
        return run

    def start(self, macro: Macro, project_key: str, body: JsonObject, caller: Caller) -> MacroRun:
        """Start a run with ``params`` and, for admins only, ``adminParams`` of ``body``.

        Raises:
            DssError: preset not there or not for this caller, code env not set up, result type not served here.
        """
        if macro.result_type == _UNSERVED:
            raise illegal_argument(f"{macro.type} has result type {_UNSERVED}, which this node does not serve")
        order = {
            "task": "run",
            "code": macro.code,
            "project_key": project_key,
            "config": self._config(macro, project_key, body, caller),
            "plugin_config": self._plugin_config(macro),
            "result_type": macro.result_type,
        }
        run_id = self._world.ids.draw(_ID_LENGTH, taken=self._runs)
        process = PluginProcess(self._world, macro.plugin, run_id=run_id, project_key=project_key, caller=caller)
        run = self._runs[run_id] = MacroRun(run_id, macro, project_key, caller, process)
        self._world.disk.mark_effect()
        task = asyncio.get_running_loop().create_task(self._carry_out(run, order))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    def take_result(self, run: MacroRun) -> bytes:
        """Return the result and forget the run.

        Raises:
            DssError: it still runs, or it failed (a failed run stays, so that its state can be read).
        """
        if run.outcome is None:
            raise still_running(run.id)
        if run.outcome.error is not None:
            raise macro_failed(run.outcome.error, self._world.profile.failed_macro_result_status)
        del self._runs[run.id]
        return run.outcome.content

    def abort(self, run: MacroRun) -> None:
        """Kill the process of a run; a finished one stays as it is."""
        if run.outcome is None:
            run.is_aborted = True
            run.process.kill()

    async def choices(self, macro: Macro, project_key: str, param: str, body: JsonObject, caller: Caller) -> Any:
        """Return what ``do()`` of the macro's setup script answers for ``param``, as the form would get it.

        ``body["config"]`` are the values in the form so far.

        Raises:
            DssError: the parameter has no such choices, or ``do()`` failed.
        """
        script = macro.component.descriptor.get("paramsPythonSetup")
        known = next((item for item in (*macro.params, *macro.admin_params) if item.get("name") == param), None)
        if script is None or known is None:
            raise no_choices(macro.type, param)
        code = (macro.plugin.directory / "resource" / str(script)).read_text()
        order: JsonObject = {
            "task": "do",
            "code": code,
            "payload": {**(body.get("payload") or {}), "parameterName": param},
            "config": body.get("config") or {},
            "plugin_config": self._plugin_config(macro),
            "inputs": [],
        }
        run_id = f"choices-{self._world.ids.draw(_ID_LENGTH)}"
        process = PluginProcess(self._world, macro.plugin, run_id=run_id, project_key=project_key, caller=caller)
        outcome = await process.run(order, lambda _report: None)
        if outcome.error is not None:
            raise macro_failed(outcome.error, self._world.profile.failed_macro_result_status)
        return outcome.content

    async def _carry_out(self, run: MacroRun, order: JsonObject) -> None:
        try:
            run.outcome = await run.process.run(order, run.note)
        except Exception as error:  # noqa: BLE001  a task's outermost place: the caller reads the error in the state
            text = f"defect in the emulator: {type(error).__name__}: {error}"
            run.outcome = Outcome(error={"errorType": "emulator.Defect", "message": text, "detailedMessage": text})
        run.finished.set()

    def _config(self, macro: Macro, project_key: str, body: JsonObject, caller: Caller) -> JsonObject:
        given: JsonObject = dict(body.get("params") or {})
        params = macro.params
        if caller.is_admin:
            given |= body.get("adminParams") or {}
            params = [*params, *macro.admin_params]
        settings = self._world.state_of(PluginSettings)
        config = settings.resolve(macro.plugin.id, params, given, project_key, caller)
        return self._with_ints(params, config)

    def _plugin_config(self, macro: Macro) -> JsonObject:
        profile = self._world.profile
        settings = self._world.state_of(PluginSettings)
        config = settings.plugin_config(macro.plugin.id, reveal=profile.macro_passwords == "clear")
        return {"config": config} if profile.macro_plugin_config == "wrapped" else config

    def _with_ints(self, params: Iterable[JsonObject], config: JsonObject) -> JsonObject:
        if self._world.profile.macro_ints == "as_sent":
            return config
        ints = {param.get("name") for param in params if param.get("type") == "INT"}
        return {key: float(value) if key in ints and isinstance(value, int) else value for key, value in config.items()}


def required_run(runs: MacroRuns, project_key: str, runnable_type: str, run_id: str) -> MacroRun:
    """Return a run.

    Raises:
        DssError: there is none (any more).
    """
    run = runs.find(project_key, runnable_type, run_id)
    if run is None:
        raise run_missing(run_id)
    return run
