"""What a macro's process runs: reads its order, executes the code of the component as text, hands back the result.

It runs under the interpreter of the plugin's code env and must not import anything of the emulator. Standard input carries one line of
JSON (the order) and stays open as long as the node lives: when the node dies, this process and its children die, as on a real backend.
The file descriptor named by the first argument carries reports back, one JSON object per line. Source: plugin-components.md 7.3, 7.4.
"""

import json
import os
import pathlib
import signal
import sys
import threading
import traceback


def main():
    """Do what the order on standard input says; the exit status is 0 even if the macro failed (its report tells)."""
    orders = os.fdopen(os.dup(0), "r")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)  # children of the macro must not read our orders
    inherited = int(sys.argv[1])
    reports = os.fdopen(os.dup(inherited), "w")  # a duplicate is not inherited by children of the macro
    os.close(inherited)
    order = json.loads(orders.readline())
    threading.Thread(target=_die_with_node, args=(orders,), daemon=True).start()
    lock = threading.Lock()

    def report(**values):
        with lock:
            reports.write(json.dumps(values) + "\n")
            reports.flush()

    try:
        content = _do(order, report) if order["task"] == "do" else _run(order, report)
        pathlib.Path(order["result_file"]).write_bytes(content)
        report(done=True, empty=not content)
    except BaseException as error:  # noqa: BLE001  SystemExit too: whatever ends the code is a failed run
        traceback.print_exc()
        report(error=_describe(error))
    sys.stdout.flush()
    sys.stderr.flush()
    reports.close()
    # Threads that the code left behind must not keep the run alive.
    os._exit(0)


def _run(order, report):
    """Run a macro; return the bytes of its result."""
    from dataiku.runnables import Runnable

    scope = {"__name__": "__main__"}
    exec(compile(order["code"], "<string>", "exec"), scope)  # noqa: S102  running the source is the purpose
    found = [
        value
        for value in scope.values()
        if isinstance(value, type) and issubclass(value, Runnable) and value is not Runnable
    ]
    # A base class of another candidate is not meant.
    found = [value for value in found if not any(other is not value and issubclass(other, value) for other in found)]
    if len(found) != 1:
        raise Exception(f"runnable.py must define exactly one subclass of Runnable, found {len(found)}")
    runnable = found[0](order["project_key"], order["config"], order["plugin_config"])
    target = runnable.get_progress_target()
    if target is not None:
        report(target=target[0], unit=target[1])
    result = runnable.run(lambda value: report(progress=value))
    return _to_bytes(result, order["result_type"])


def _do(order, _report):
    """Run ``do()`` of a setup script; return its result as JSON."""
    scope = {"__name__": "__main__"}
    exec(compile(order["code"], "<string>", "exec"), scope)  # noqa: S102  running the source is the purpose
    if "do" not in scope:
        raise Exception("the setup script defines no do(payload, config, plugin_config, inputs)")
    result = scope["do"](order["payload"], order["config"], order["plugin_config"], order["inputs"])
    return json.dumps(result).encode("utf-8")


def _to_bytes(result, result_type):
    if result_type == "NONE" or result is None:
        return b""
    if result_type == "RESULT_TABLE":
        return json.dumps({"name": result.name, "columns": result.columns, "records": result.records}).encode("utf-8")
    if result_type == "JSON_OBJECT" and not isinstance(result, (str, bytes)):
        return json.dumps(result).encode("utf-8")
    if isinstance(result, bytes):
        return result
    if result_type == "FILE" and hasattr(result, "read"):
        content = result.read()
        return content if isinstance(content, bytes) else content.encode("utf-8")
    return str(result).encode("utf-8")


def _describe(error):
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<string>"]
    place = f"At line {lines[-1]}: " if lines else ""
    return {
        "errorType": f"{type(error)}",
        "message": f"{type(error)}: {error}",
        "detailedMessage": f"Error in Python process: {place}{type(error)}: {error}",
        "stackTraceStr": "".join(traceback.format_exception(type(error), error, error.__traceback__)),
    }


def _die_with_node(orders):
    while orders.read(1024):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
