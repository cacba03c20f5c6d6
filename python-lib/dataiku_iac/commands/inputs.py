"""What each command is asked to do, parsed once from a macro's form. The program makes the same values itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from dataiku_iac.commands.form import Form
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.plan import Plan
from dataiku_iac.core.secret import Secret

__all__ = [
    "ApplyInputs",
    "DriftInputs",
    "GitCredentials",
    "ImportInputs",
    "NodeInputs",
    "PlanInputs",
    "ResumeInputs",
    "Source",
    "SourceSort",
    "StateInputs",
    "Target",
]


class SourceSort(StrEnum):
    """Where configuration files are."""

    LIBRARY = "library"  # a folder of the project library
    FOLDER = "folder"  # a managed folder
    GIT = "git"
    DIRECTORY = "directory"  # the program only


@dataclass(frozen=True, slots=True)
class GitCredentials:
    """User and token for an https remote; ssh remotes use the key of the machine."""

    user: str
    token: Secret


@dataclass(frozen=True, slots=True)
class Source:
    """Where the configuration is.

    Attributes:
        sort: which of the others count.
        project: the project whose library or folder it is.
        path: folder below the root of the library, folder or repository; the directory itself for the program.
        folder: id or name of the managed folder.
        url: of the repository, ``ref`` its branch, tag or commit; empty = its default branch.
        allowed_urls: prefixes an administrator allows beyond https; ``None`` = any (the program).
    """

    sort: SourceSort
    project: str = ""
    path: str = ""
    folder: str = ""
    url: str = ""
    ref: str = ""
    credentials: GitCredentials | None = None
    allowed_urls: tuple[str, ...] | None = None

    @classmethod
    def read(cls, form: Form, settings: Form, *, project: str) -> Self:
        """Read the fields that all macros share."""
        sort = SourceSort(form.choice("source", ("library", "folder", "git"), "library"))
        url, ref, folder = form.text("git_url"), form.text("git_ref"), form.text("source_folder")
        path = form.text("path", "iac" if sort is SourceSort.LIBRARY else "")
        form.skip("git_credentials")
        credentials = _git_credentials(form) if sort is SourceSort.GIT else None
        allowed = settings.texts("git_allowed")
        if sort is SourceSort.GIT and not url:
            raise ConfigError('"git_url" is missing', where="form", next_step="give the URL of the repository")
        if sort is SourceSort.FOLDER and not folder:
            raise ConfigError('"source_folder" is missing', where="form", next_step="choose the managed folder")
        return cls(sort, project, path, folder, url, ref, credentials, allowed)


def _git_credentials(form: Form) -> GitCredentials | None:
    preset = form.preset("git_credentials")
    if preset is None:
        return None
    token, user = preset.secret("token"), preset.text("user")
    preset.end()
    return None if token is None else GitCredentials(user, token)


@dataclass(frozen=True, slots=True)
class NodeInputs:
    """A node as a preset describes it. ``name`` is what environments call it (``node:``)."""

    name: str
    url: str
    api_key: Secret
    verify_tls: bool = True
    ca_bundle: str = ""

    @classmethod
    def read(cls, form: Form) -> Self | None:
        """Read the preset ``node``; ``None`` = the node that runs the macro."""
        preset = form.preset("node")
        if preset is None:
            return None
        key = preset.secret("api_key")
        found = cls(
            name=preset.text("node_name"),
            url=preset.required("url"),
            api_key=key or Secret(""),
            verify_tls=preset.flag("verify_tls", default=True),
            ca_bundle=preset.text("ca_bundle"),
        )
        preset.end()
        if key is None:
            raise ConfigError(
                "the API key is missing", where='form, preset "node"', next_step="complete the preset of the node"
            )
        return found


@dataclass(frozen=True, slots=True)
class StateInputs:
    """Where the state lives; all empty = as ``dataiku-iac.yml`` says.

    ``managed_folder`` is ``PROJECT.name`` or ``PROJECT.id``; with it, the other values say what DSS does not tell or
    tells otherwise. Without it, ``bucket`` or ``directory`` stand alone. Without keys, the machine's own are used.
    """

    managed_folder: str = ""
    bucket: str = ""
    prefix: str = ""
    region: str = ""
    endpoint: str = ""
    access_key: str = ""
    secret_key: Secret | None = None
    directory: str = ""

    @property
    def is_empty(self) -> bool:
        """True if nothing is said."""
        return not (self.managed_folder or self.bucket or self.directory)

    @classmethod
    def read(cls, form: Form) -> Self:
        """Read the preset ``state``."""
        preset = form.preset("state")
        if preset is None:
            return cls()
        found = cls(
            managed_folder=preset.text("managed_folder"),
            bucket=preset.text("bucket"),
            prefix=preset.text("prefix"),
            region=preset.text("region"),
            endpoint=preset.text("endpoint"),
            access_key=preset.text("access_key"),
            secret_key=preset.secret("secret_key"),
            directory=preset.text("directory"),
        )
        preset.end()
        return found

    @classmethod
    def from_settings(cls, state: JsonObject) -> Self:
        """Return what ``state:`` of ``dataiku-iac.yml`` says, e.g. ``{"s3": {"bucket": "iac", "prefix": "x"}}``."""
        form = Form(state, where="dataiku-iac.yml, state")
        s3 = state.get("s3")
        inner = Form(s3 if isinstance(s3, Mapping) else {}, where="dataiku-iac.yml, state.s3")
        found = cls(
            managed_folder=form.text("managed_folder"),
            directory=form.text("directory"),
            bucket=inner.text("bucket"),
            prefix=inner.text("prefix"),
            region=inner.text("region"),
            endpoint=inner.text("endpoint"),
        )
        inner.end()  # no keys: credentials do not belong into a repository
        return found


@dataclass(frozen=True, slots=True)
class Target:
    """What every command needs: the configuration, which environment of it, the node, the state.

    ``stack`` is empty unless the user overrules the files. ``node`` is ``None`` for the node we run on, or, in the
    program, for the one that the environment names.
    """

    source: Source
    environment: str
    node: NodeInputs | None = None
    state: StateInputs = StateInputs()
    stack: str = ""
    variables: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, form: Form, settings: Form, *, project: str) -> Self:
        """Read the fields that all macros share."""
        return cls(
            source=Source.read(form, settings, project=project),
            environment=form.text("environment"),
            node=NodeInputs.read(form),
            state=StateInputs.read(form),
            stack=form.text("stack"),
        )


def _forms(config: Mapping[str, Json], plugin_config: Mapping[str, Json] | None) -> tuple[Form, Form]:
    settings = plugin_config or {}
    wrapped = settings.get("config")
    if isinstance(wrapped, Mapping):  # one plugin saw them wrapped one level deep [seen]
        settings = wrapped
    return Form(config, where="form"), Form(settings, where="settings of the plugin")


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """``plan``.

    ``save``: keep the plan in the store for a later apply; ``detailed``: show differences of code; ``read_all``: read every
    project, whatever the environment says of ``trust_git``.
    """

    target: Target
    save: bool = True
    detailed: bool = True
    strict: bool = False
    read_all: bool = False

    @classmethod
    def parse(
        cls, config: Mapping[str, Json], plugin_config: Mapping[str, Json] | None = None, *, project: str
    ) -> Self:
        """Read a macro's form."""
        form, settings = _forms(config, plugin_config)
        found = cls(
            target=Target.read(form, settings, project=project),
            detailed=form.flag("detailed", default=True),
            strict=form.flag("strict"),
            read_all=form.flag("read_all"),
        )
        form.end()
        return found


@dataclass(frozen=True, slots=True)
class ApplyInputs:
    """``apply``.

    Attributes:
        plan: id of a saved plan; without one, ``approve`` must be true: plan and apply at once.
        ready: a plan from a file instead (the program).
        parallelism: 0 = as the environment says.
        wait_s: how long to wait for a lease that somebody holds.
    """

    target: Target
    plan: str = ""
    approve: bool = False
    dry_run: bool = False
    parallelism: int = 0
    wait_s: int = 0
    ready: Plan | None = None

    @classmethod
    def parse(
        cls, config: Mapping[str, Json], plugin_config: Mapping[str, Json] | None = None, *, project: str
    ) -> Self:
        """Read a macro's form."""
        form, settings = _forms(config, plugin_config)
        found = cls(
            target=Target.read(form, settings, project=project),
            plan=form.text("plan") or form.text("plan_id"),
            approve=form.flag("approve"),
            dry_run=form.flag("dry_run"),
            parallelism=form.number("parallelism", 0, low=0, high=64),
            wait_s=form.number("wait", 0, low=0, high=3600),
        )
        form.skip("plan_id")  # known also where it did not count
        form.end()
        if not (found.plan or found.approve or found.dry_run):
            raise ConfigError(
                "neither a saved plan nor an approval was given",
                where="form",
                next_step='choose a saved plan (the macro "Plan" makes them), or set "approve" to plan and apply at once',
            )
        return found


@dataclass(frozen=True, slots=True)
class ResumeInputs:
    """``resume``. ``run`` is the open run, empty = the one there is; ``abandon`` gives up what is left of it."""

    target: Target
    run: str = ""
    abandon: bool = False
    parallelism: int = 0
    wait_s: int = 0

    @classmethod
    def parse(
        cls, config: Mapping[str, Json], plugin_config: Mapping[str, Json] | None = None, *, project: str
    ) -> Self:
        """Read a macro's form."""
        form, settings = _forms(config, plugin_config)
        found = cls(
            target=Target.read(form, settings, project=project),
            run=form.text("run"),
            abandon=form.flag("abandon"),
            parallelism=form.number("parallelism", 0, low=0, high=64),
            wait_s=form.number("wait", 0, low=0, high=3600),
        )
        form.end()
        return found


@dataclass(frozen=True, slots=True)
class DriftInputs:
    """``drift``. ``fail_on_drift`` makes a scenario's step fail; ``read_all`` as in ``PlanInputs``."""

    target: Target
    fail_on_drift: bool = False
    read_all: bool = False

    @classmethod
    def parse(
        cls, config: Mapping[str, Json], plugin_config: Mapping[str, Json] | None = None, *, project: str
    ) -> Self:
        """Read a macro's form."""
        form, settings = _forms(config, plugin_config)
        found = cls(
            target=Target.read(form, settings, project=project),
            fail_on_drift=form.flag("fail_on_drift"),
            read_all=form.flag("read_all"),
        )
        form.end()
        return found


@dataclass(frozen=True, slots=True)
class ImportInputs:
    """``import-project``: ``imported`` of ``node`` is written to ``destination`` of ``project``.

    ``destination`` is ``folder`` (managed folder ``folder``), ``library``, ``none`` (the files stand in the JSON twin
    only) or, in the program, ``directory``. ``path`` is a folder there.
    """

    imported: str
    destination: str
    project: str = ""
    folder: str = ""
    path: str = ""
    overwrite: bool = False
    node: NodeInputs | None = None

    @classmethod
    def parse(
        cls, config: Mapping[str, Json], plugin_config: Mapping[str, Json] | None = None, *, project: str
    ) -> Self:
        """Read a macro's form."""
        form, _ = _forms(config, plugin_config)
        destination = form.choice("destination", ("library", "folder", "none"), "none")
        found = cls(
            imported=form.text("project", project),
            destination=destination,
            project=project,
            folder=form.text("destination_folder"),
            path=form.text("path", "iac" if destination == "library" else ""),
            overwrite=form.flag("overwrite"),
            node=NodeInputs.read(form),
        )
        form.end()
        if destination == "folder" and not found.folder:
            raise ConfigError('"destination_folder" is missing', where="form", next_step="choose the managed folder")
        return found
