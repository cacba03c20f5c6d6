"""Definitions of code envs. Source: api-admin-govern.md 3.

What is real: the documents, the rules of creation, the two failure forms, the split between saving a spec and applying it. What is
not: nothing is installed. All code that this node runs, it runs with its own interpreter (plugins: see ``plugins/code_env.py``), and
``actualPackageList`` repeats what was asked for; the log of each build says so.
"""

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from emulator.code_envs.messages import Message, info_messages
from emulator.errors import DssError, coded_error
from emulator.json_text import JsonObject
from emulator.rights import Caller

if TYPE_CHECKING:
    from emulator.world import World

__all__ = ["CodeEnvs"]

_DEFAULT_INTERPRETER: Final = "PYTHON39"
_MODES: Final = {
    "design": frozenset(
        {"DESIGN_MANAGED", "DESIGN_NON_MANAGED", "EXTERNAL_CONDA_NAMED", "PLUGIN_MANAGED", "PLUGIN_NON_MANAGED"}
    ),
    "automation": frozenset(
        {
            "AUTOMATION_SINGLE",
            "AUTOMATION_VERSIONED",
            "AUTOMATION_NON_MANAGED_PATH",
            "EXTERNAL_CONDA_NAMED",
            "PLUGIN_MANAGED",
            "PLUGIN_NON_MANAGED",
        }
    ),
}
_CREATION_DESC_KEYS: Final = (
    "pythonInterpreter",
    "conda",
    "installCorePackages",
    "corePackagesSet",
    "installJupyterSupport",
    "yarnPythonBin",
    "envSettings",
)
# The keys that PUT honours, per the client's docstring; "owner" lies in desc on a design node.
_PUT_DESC_KEYS: Final = (
    "owner",
    "installCorePackages",
    "corePackagesSet",
    "installJupyterSupport",
    "yarnPythonBin",
    "yarnRBin",
    "envSettings",
    "allSparkKubernetesConfs",
    "sparkKubernetesConfs",
)
_PUT_SPEC_KEYS: Final = (
    "specPackageList",
    "specCondaEnvironment",
    "externalCondaEnvName",
    "predefinedContainerHooks",
    "containerCacheBustingLocation",
    "dockerfileAtStart",
    "dockerfileBeforePackages",
    "dockerfileAfterCondaPackages",
    "dockerfileAfterPackages",
    "dockerfileAtEnd",
)
_COPIED_KEYS: Final = ("usableByAll", "allContainerConfs", "containerConfs")
_PUT_TOP_KEYS: Final = ("permissions", *_COPIED_KEYS)
_CORE_PACKAGES: Final = "pandas\nnumpy\nrequests\npython-dateutil\npytz"
_BUILD_LOG: Final = "createPythonEnv.log"
_VERSION_KEYS: Final = ("desc", "actualPackageList", "mandatoryPackageList", *_PUT_SPEC_KEYS)


class CodeEnvs:
    """The code envs of a node; get it by ``world.state_of(CodeEnvs)``. ``lang`` is ``PYTHON`` or ``R`` in any case."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def all(self) -> list[JsonObject]:
        """Return the list form of every code env."""
        return [
            {
                "envName": stored["envName"],
                "envLang": stored["envLang"],
                "deploymentMode": stored["deploymentMode"],
                "owner": stored["desc"]["owner"],
                "pythonInterpreter": stored["desc"].get("pythonInterpreter"),
                "isUptodate": stored["appliedPackageList"] == stored["specPackageList"],
            }
            for stored in self._world.code_envs.values()
        ]

    def has(self, lang: str, name: str) -> bool:
        """Return whether the code env is registered, built or not."""
        return _key(lang, name) in self._world.code_envs

    def definition(self, lang: str, name: str) -> JsonObject:
        """Return the definition in the form of this kind of node.

        Raises:
            DssError: no such code env, or its build failed: then the text is ``Not a file: /python/<name>/desc.json`` [seen].
        """
        stored = self._stored(lang, name)
        if not stored["isBuilt"]:
            raise coded_error("ERR_CODEENV_MISSING_ENV", f"Not a file: /{lang.lower()}/{name}/desc.json", io=True)
        shown = {
            key: deepcopy(value) for key, value in stored.items() if key not in ("isBuilt", "appliedPackageList", "log")
        }
        shown["desc"] |= {key: deepcopy(stored[key]) for key in _COPIED_KEYS}
        return shown if self._world.kind == "design" else _automation_form(shown)

    def create(self, lang: str, name: str, body: JsonObject, caller: Caller) -> JsonObject:
        """Register and "build" a code env; a refusal is a result with ``messages.error``, not an HTTP error [client].

        Returns:
            ``{"envName", "messages"}``.
        """
        mode = body.get("deploymentMode")
        if self.has(lang, name):
            return _refusal(
                name, "ERR_CODEENV_EXISTING_ENV", "Code env exists", f"{lang.upper()} env {name} already exists"
            )
        if mode not in _MODES[self._world.kind]:
            text = f"Deployment mode {mode} is not possible on a node of kind {self._world.kind}"
            return _refusal(name, "ERR_CODEENV_INCORRECT_ENV_TYPE", "Wrong deployment mode", text)
        desc: JsonObject = {
            "owner": caller.identity,
            "deploymentMode": mode,
            "conda": False,
            "installCorePackages": True,
            "corePackagesSet": "AUTO",
            "installJupyterSupport": True,
            "envSettings": {
                "inheritGlobalSettings": True,
                "pipExtraOptions": [],
                "condaExtraOptions": [],
                "cranMirrorURL": "",
            },
            "allSparkKubernetesConfs": False,
            "sparkKubernetesConfs": [],
            **{key: body[key] for key in _CREATION_DESC_KEYS if body.get(key) is not None},
        }
        if lang.upper() == "PYTHON":
            desc.setdefault("pythonInterpreter", _DEFAULT_INTERPRETER)
        interpreter = desc.get("pythonInterpreter")
        is_built = interpreter is None or interpreter in self._world.profile.interpreters
        self._world.code_envs.put(
            _key(lang, name),
            {
                "envName": name,
                "envLang": lang.upper(),
                "deploymentMode": mode,
                "desc": desc,
                "specPackageList": str(body.get("specPackageList") or ""),
                "specCondaEnvironment": str(body.get("specCondaEnvironment") or ""),
                "actualPackageList": "",
                "mandatoryPackageList": _CORE_PACKAGES if desc["installCorePackages"] else "",
                "usableByAll": True,
                "permissions": [],
                "allContainerConfs": True,
                "containerConfs": [],
                "predefinedContainerHooks": [],
                "containerCacheBustingLocation": "AFTER_START_DOCKERFILE",
                "isBuilt": is_built,
                "appliedPackageList": None,
                "log": _log(name, "" if is_built else f"{interpreter} is not installed on this machine: build failed"),
            },
        )
        if is_built:
            self.apply(lang, name)
        # A failed build still answers as if it had worked [seen].
        return {"envName": name, "messages": info_messages()}

    def put_plugin_env(self, name: str, *, desc: JsonObject, packages: str, caller: Caller) -> None:
        """Register the code env of a plugin, set up by the plugin area; its spec is the plugin's."""
        kept = {key: desc[key] for key in _CREATION_DESC_KEYS if desc.get(key) is not None}
        self._world.code_envs.put(
            _key("PYTHON", name),
            {
                "envName": name,
                "envLang": "PYTHON",
                "deploymentMode": "PLUGIN_MANAGED",
                "desc": {
                    "installCorePackages": False,
                    "owner": caller.identity,
                    "deploymentMode": "PLUGIN_MANAGED",
                    **kept,
                },
                "specPackageList": packages,
                "specCondaEnvironment": "",
                "actualPackageList": packages,
                "mandatoryPackageList": "",
                "usableByAll": True,
                "permissions": [],
                "allContainerConfs": False,
                "containerConfs": [],
                "isBuilt": True,
                "appliedPackageList": packages,
                "log": f"code env {name} of a plugin\n{packages}\n",
            },
        )

    def desc(self, lang: str, name: str) -> JsonObject:
        """Return the stored ``desc`` part.

        Raises:
            DssError: no such code env.
        """
        return deepcopy(dict(self._stored(lang, name)["desc"]))

    def replace(self, lang: str, name: str, body: JsonObject) -> JsonObject:
        """Store the parts that PUT honours, without installing anything; return the definition.

        Raises:
            DssError: no such code env.
        """
        shown = self.definition(lang, name)
        stored = deepcopy(self._stored(lang, name))
        part = body if self._world.kind == "design" else _version_part(body, shown)
        desc: JsonObject = {**(body.get("desc") or {}), **(part.get("desc") or {})}
        stored["desc"] |= {key: desc[key] for key in _PUT_DESC_KEYS if key in desc}
        if self._world.kind == "automation":
            stored["desc"] |= {key: body[key] for key in ("owner", "envSettings") if key in body}
        stored |= {key: part[key] for key in _PUT_SPEC_KEYS if key in part}
        # The top-level copies win over those in desc [seen].
        stored |= {key: desc[key] for key in _COPIED_KEYS if key in desc}
        stored |= {key: body[key] for key in _PUT_TOP_KEYS if key in body}
        stored["mandatoryPackageList"] = _CORE_PACKAGES if stored["desc"]["installCorePackages"] else ""
        self._world.code_envs.put(_key(lang, name), stored)
        return self.definition(lang, name)

    def apply(self, lang: str, name: str) -> JsonObject:
        """Make the spec the applied one (``update_packages``); return ``{"messages"}``.

        Raises:
            DssError: no such code env, or its build failed.
        """
        self.definition(lang, name)
        stored = deepcopy(self._stored(lang, name))
        asked = "\n".join(part for part in (stored["mandatoryPackageList"], stored["specPackageList"].strip()) if part)
        stored |= {
            "actualPackageList": asked,
            "appliedPackageList": stored["specPackageList"],
            "log": _log(name, asked),
        }
        self._world.code_envs.put(_key(lang, name), stored)
        return {"messages": info_messages()}

    def set_jupyter(self, lang: str, name: str, *, is_active: bool) -> JsonObject:
        """Switch the notebook kernel on or off; return ``{"messages"}``.

        Raises:
            DssError: no such code env, or its build failed.
        """
        self.definition(lang, name)
        stored = deepcopy(self._stored(lang, name))
        stored["desc"]["installJupyterSupport"] = is_active
        self._world.code_envs.put(_key(lang, name), stored)
        return {"messages": info_messages()}

    def delete(self, lang: str, name: str) -> JsonObject:
        """Remove a code env, used or not; a missing one is refused in the messages. Return ``{"messages"}``."""
        if not self.has(lang, name):
            text = f"{lang.upper()} env {name} doesn't exist"
            return _refusal(name, "ERR_CODEENV_MISSING_ENV", "Code env does not exist", text)
        self._world.code_envs.delete(_key(lang, name))
        return {"messages": info_messages()}

    def logs(self, lang: str, name: str) -> list[JsonObject]:
        """Return the names of the logs; readable also after a failed build [seen].

        Raises:
            DssError: no such code env.
        """
        self._stored(lang, name)
        return [{"name": _BUILD_LOG}]

    def log(self, lang: str, name: str, log_name: str) -> str:
        """Return the text of a log.

        Raises:
            DssError: no such code env or log.
        """
        stored = self._stored(lang, name)
        if log_name != _BUILD_LOG:
            raise coded_error("ERR_CODEENV_MISSING_ENV", f"Not a file: {log_name}", io=True)
        return str(stored["log"])

    def _stored(self, lang: str, name: str) -> JsonObject:
        stored = self._world.code_envs.get(_key(lang, name))
        if stored is None:
            raise _missing(lang, name)
        return stored


def _key(lang: str, name: str) -> str:
    return f"{lang.upper()}/{name}"


def _missing(lang: str, name: str) -> DssError:
    """500 with this class and text [seen]."""
    return coded_error("ERR_CODEENV_MISSING_ENV", f"{lang.upper()} env {name} doesn't exist", io=True)


def _refusal(name: str, code: str, title: str, text: str) -> JsonObject:
    return {"envName": name, "messages": info_messages([Message("ERROR", code, title, text)])}


def _log(name: str, text: str) -> str:
    return f"code env {name}\n{text}\n[emulator] nothing is installed: code runs with the interpreter of the emulated node\n"


def _place(mode: str) -> str:
    """Return where an automation node keeps the spec."""
    return {"AUTOMATION_SINGLE": "currentVersion", "AUTOMATION_VERSIONED": "versions"}.get(mode, "noVersion")


def _automation_form(shown: JsonObject) -> JsonObject:
    """Return the definition with its spec inside the version; ``versions`` is never null there, which clients test [client]."""
    version = {key: shown[key] for key in _VERSION_KEYS if key in shown}
    outer: JsonObject = {key: value for key, value in shown.items() if key not in _VERSION_KEYS}
    outer |= {"versions": [], "owner": shown["desc"]["owner"], "envSettings": shown["desc"]["envSettings"]}
    place = _place(shown["deploymentMode"])
    outer[place] = [{"versionId": "initial", **version}] if place == "versions" else version
    return outer


def _version_part(body: JsonObject, shown: JsonObject) -> JsonObject:
    part: Any = body.get(_place(shown["deploymentMode"]))
    if isinstance(part, list):
        part = part[0] if part else {}
    return part if isinstance(part, dict) else {}
