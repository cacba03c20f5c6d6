"""The code env of a plugin: what its components run in.

``Profile.plugin_code_env`` says which: ``host`` (default) is the interpreter of the emulated node itself, accepted only after checking that
every line of ``code-env/python/spec/requirements.txt`` is satisfied there: nothing is installed, nothing is isolated. ``venv`` builds a
real virtual environment with pip, which takes as long as on a real node and needs a package index.
Source: plugin-components.md 3.
"""

import asyncio
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.requirements import InvalidRequirement, Requirement

from emulator.code_envs.messages import Message, info_messages
from emulator.code_envs.store import CodeEnvs
from emulator.errors import coded_error
from emulator.json_text import JsonObject
from emulator.plugins.errors import without_code_env
from emulator.plugins.installed import InstalledPlugins, Plugin
from emulator.plugins.settings import PluginSettings
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["create_code_env", "interpreter_of", "unsatisfied", "update_code_env"]

_HOST: Final = f"PYTHON{sys.version_info.major}{sys.version_info.minor}"
_FAILED: Final = "ERR_CODEENV_CREATION_FAILED"
# Always importable on a node, from outside the code env [inferred]; a venv has to hold them.
_ALWAYS_THERE: Final = ("dataiku-api-client", "six")


async def create_code_env(world: "World", plugin_id: str, body: JsonObject, caller: Caller) -> JsonObject:
    """Set up the code env of a plugin under a free name ``plugin_<id>_managed[_n]``; binding it is the caller's next step.

    Returns:
        ``{"envName", "messages"}``; ``messages.error`` is true if it could not be set up.

    Raises:
        DssError: the plugin is not installed or declares no code env.
    """
    plugin = world.state_of(InstalledPlugins).get(plugin_id)
    spec = plugin.code_env_spec
    if spec is None:
        raise coded_error(
            "ERR_CODEENV_UNSUPPORTED_OPERATION_FOR_ENV_TYPE", f"Plugin '{plugin_id}' declares no code environment"
        )
    envs = world.state_of(CodeEnvs)
    base = name = f"plugin_{plugin_id}_managed"
    number = 0
    while envs.has("PYTHON", name):
        number += 1
        name = f"{base}_{number}"
    interpreter = str(body.get("pythonInterpreter") or _HOST)
    messages = await _set_up(world, plugin, name, interpreter)
    if not any(message.severity == "ERROR" for message in messages):
        desc = {**spec, "pythonInterpreter": interpreter, "conda": bool(body.get("conda"))}
        envs.put_plugin_env(name, desc=desc, packages=plugin.requirements, caller=caller)
    return {"envName": name, "messages": info_messages(messages)}


async def update_code_env(world: "World", plugin_id: str, caller: Caller) -> JsonObject:
    """Apply the plugin's present requirements to its code env; answer as :func:`create_code_env`.

    Raises:
        DssError: the plugin is not installed, or has no code env yet [doc].
    """
    plugin = world.state_of(InstalledPlugins).get(plugin_id)
    name = world.state_of(PluginSettings).code_env_name(plugin_id)
    if name is None:
        raise without_code_env(plugin_id)
    desc = world.state_of(CodeEnvs).desc("PYTHON", name)
    messages = await _set_up(world, plugin, name, str(desc.get("pythonInterpreter") or _HOST))
    if not any(message.severity == "ERROR" for message in messages):
        world.state_of(CodeEnvs).put_plugin_env(name, desc=desc, packages=plugin.requirements, caller=caller)
    return {"envName": name, "messages": info_messages(messages)}


def interpreter_of(world: "World", plugin: Plugin) -> str:
    """Return the Python program that runs the plugin's components.

    Raises:
        DssError: a declared code env is not set up (see ``Profile.plugin_without_code_env``), or the bound one is gone.
    """
    name = world.state_of(PluginSettings).code_env_name(plugin.id)
    if name is None:
        if plugin.code_env_spec is not None and world.profile.plugin_without_code_env == "refuse":
            raise without_code_env(plugin.id)
        return sys.executable
    if not world.state_of(CodeEnvs).has("PYTHON", name):
        raise coded_error("ERR_CODEENV_MISSING_ENV", f"PYTHON env {name} doesn't exist", io=True)
    program = _venv(world, name) / "bin" / "python"
    return str(program) if program.exists() else sys.executable


def unsatisfied(requirements: str) -> list[str]:
    """Return one text per line of ``requirements`` that this interpreter does not satisfy, e.g. ``"boto3>=1.35: 1.26 is installed"``."""
    problems: list[str] = []
    for raw in requirements.splitlines():
        line = re.sub(r"(^|\s)#.*", "", raw).strip()
        if not line:
            continue
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            problems.append(f"{line}: cannot be checked, only plain requirements can")
            continue
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            problems.append(f"{line}: not installed")
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            problems.append(f"{line}: {found} is installed")
    return problems


async def _set_up(world: "World", plugin: Plugin, name: str, interpreter: str) -> list[Message]:
    accepted = (plugin.code_env_spec or {}).get("acceptedPythonInterpreters") or []
    if accepted and interpreter not in accepted:
        return [_error(f"{interpreter} is not among the interpreters that the plugin accepts: {', '.join(accepted)}")]
    if interpreter not in world.profile.interpreters:
        return [_error(f"{interpreter} is not installed on this machine")]
    if world.profile.plugin_code_env == "venv":
        return await _build_venv(_venv(world, name), plugin.requirements)
    problems = unsatisfied(plugin.requirements)
    if problems:
        return [_error("Requirements not satisfied by the interpreter of this node: " + "; ".join(problems))]
    if interpreter != _HOST:
        text = f"The emulated node runs this code env with its own {_HOST}, not with {interpreter}"
        return [Message("WARNING", "WARN_EMULATED_INTERPRETER", "Other interpreter", text)]
    return []


async def _build_venv(directory: Path, requirements: str) -> list[Message]:
    """Build the venv anew; the output of the failing program is the message."""
    spec = directory.with_name(f"{directory.name}.requirements.txt")
    spec.parent.mkdir(parents=True, exist_ok=True)
    spec.write_text("\n".join([requirements, *(f"{name}=={version(name)}" for name in _ALWAYS_THERE)]))
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(directory)],
        [str(directory / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(spec)],
    )
    for step in steps:
        process = await asyncio.create_subprocess_exec(
            *step, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await process.communicate()
        if process.returncode:
            return [_error(f"{' '.join(step[:4])} failed: {output.decode(errors='replace')[-2000:]}")]
    return []


def _venv(world: "World", name: str) -> Path:
    return world.disk.path(f"code-envs/python/{name}")


def _error(text: str) -> Message:
    return Message("ERROR", _FAILED, "Code env creation failed", text)
