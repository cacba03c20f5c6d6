"""What a node may be like: version, edition, and one switch per fact that nobody outside knows.

Defaults are the most plausible reading. A program that works only with one position of a switch is wrong about DSS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

__all__ = ["Profile"]


@dataclass(frozen=True, slots=True)
class Profile:
    """Behaviour of one node. Load from JSON with ``Profile.from_json``; change at run time through the control API."""

    dss_version: str = "14.2.0"
    """Version told in headers, ``instance-info`` and manifests; routes of newer versions are not there."""

    flow_zones: bool = True
    """Edition has zones; otherwise every zone route answers 404 [seen: peer claim]."""

    hidden_project_status: int = 401
    """Status for an unknown or invisible project: 401 in one source, 403 in another, both [seen]."""

    missing_project_status_for_admin: int | None = None
    """Status of NotFoundException for an admin who names an unknown project; ``None`` = masked as for everyone [unknown]."""

    not_found_status: int = 404
    """Status of ``NotFoundException`` inside a project: naturally 404, often 500 on real nodes [seen]; class and text are sure."""

    hidden_not_found: bool = False
    """Callers who are no admins get "not found" as ``UnauthorizedException`` (403) with the same text, as [seen] at times."""

    missing_user_status: int = 404
    """Status of a missing user or group: 404 is natural, not observed; the class is sure [seen]."""

    duplicate_name_status: int = 400
    """Status of "already exists" for datasets, recipes, scenarios, articles (400, 409 or 500) [unknown]."""

    missing_recipe_body: Literal["object", "empty"] = "object"
    """GET of a missing recipe is 200 with ``{}`` or with no body at all, both [seen]."""

    taken_recipe_name: Literal["error", "suffix"] = "error"
    """POST of a recipe whose name is taken: refused, or created under another name [unknown]."""

    missing_input_at_creation: Literal["error", "accept"] = "error"
    """POST of a recipe that names a missing input [inferred]."""

    missing_input_at_save: Literal["error", "accept"] = "accept"
    """PUT of a recipe that names a missing input [unknown]."""

    sql_over_files: Literal["accept", "error"] = "accept"
    """POST of an SQL recipe whose input is no SQL dataset: 500 [seen], whether at creation or at a run is open."""

    shared_output: Literal["error", "accept"] = "error"
    """POST of a recipe that writes what another one writes [inferred]."""

    scenario_id_rule: Literal["underscore", "upper"] = "underscore"
    """Id from the name: other characters become ``_`` (API [seen]), or are dropped and the rest is upper-cased (UI [seen])."""

    taken_scenario_id: Literal["suffix", "error"] = "suffix"
    """POST of a scenario whose derived id is taken [unknown]."""

    dataset_type_change: Literal["accept", "ignore"] = "accept"
    """PUT of a dataset with another ``type`` or ``managed`` [unknown]."""

    unknown_connection: Literal["error", "accept"] = "error"
    """A dataset or folder that names a connection the node does not have [unknown]."""

    dataset_list_is_full: bool = True
    """List items carry ``metrics``, ``metricsChecks`` and ``versionTag`` [unknown]."""

    recipe_list_has_version_tag: bool = True
    """List items of recipes carry ``versionTag`` [inferred]."""

    dataset_delete_cascade: Literal["drop_recipes", "unlink"] = "drop_recipes"
    """Deleting a dataset deletes the recipes that use it [seen], or only takes it out of them (both in histories [seen])."""

    inconsistent_roles: Literal["error", "accept"] = "error"
    """POST of a recipe with an object of the wrong kind in a role: ``ERR_RECIPE_INCONSISTENT_I_O`` [doc], here or at a run [unknown]."""

    computable_delete_cascade: Literal["drop_recipes", "unlink"] = "drop_recipes"
    """Deleting a model, an evaluation store or a knowledge bank: what becomes of the recipes that use it [unknown]."""

    deleted_active_version: Literal["error", "accept"] = "error"
    """Deleting the active version of a saved model is refused, or leaves the model without one [unknown]."""

    put_moves_active_version: bool = False
    """PUT of a saved model with another ``activeVersion`` moves it, or only the call for it does [unknown]."""

    new_agent_has_version: bool = True
    """A new agent or retrieval-augmented LLM has a version ``v1`` [client examples], or none until one is saved [unknown]."""

    missing_llm_reference: Literal["error", "accept"] = "error"
    """POST of a retrieval-augmented LLM or agent tool that names a missing knowledge bank [unknown]."""

    version_check_on_put: bool = False
    """A PUT with an outdated ``versionTag`` is refused [unknown; no sign of it]."""

    missing_folder_file_status: int = 404
    """Status of GET of a missing file in a folder, 404 or 500 [unknown]."""

    name_pattern: str = r"[A-Za-z0-9_\-. ]+"
    """Names of datasets and recipes that are accepted [unknown; dashes are in real projects]."""

    names_ignore_case: bool = False
    """Two names that differ only by case collide [unknown]."""

    moved_dataset_takes_recipe: bool = True
    """Moving a dataset to a zone moves its producing recipe too [seen: API notes]; not so in histories."""

    default_zone_lists_items: bool = False
    """The list of zones shows the implicit members of ``default`` [unknown]."""

    zone_list_without_zones: Literal["default", "empty"] = "default"
    """List of zones in a project that never had any [unknown]."""

    default_zone_graph_fails: bool = False
    """GET of the graph of ``default`` answers 500 [seen on one version]."""

    fresh_project_extras: bool = True
    """A project made through the API gets a generated ``shortDesc`` and a checklist [seen in trees, caller unknown]."""

    fills_read_params: bool = True
    """A saved Prepare recipe lists its inputs in ``engineParams.spark.readParams.map`` [seen; at a save or at a run is open]."""

    build_steps_tag: bool = True
    """A schema written by a build steps the dataset's version tag, or not [inferred: both are in histories]."""

    migration_steps_tag: bool = False
    """What an upgrade rewrites gets a new version tag [unknown]."""

    imported_creation_tag: Literal["kept", "dropped"] = "kept"
    """``creationTag`` of an imported project: still there (histories [seen]), or missing in summaries [seen]."""

    project_export_right: Literal["writeProjectContent", "admin"] = "writeProjectContent"
    """Right to export a project: one page says write, one says admin, an instance setting decides [doc, contradictory]."""

    project_admin_may_delete: bool = True
    """An administrator of the project may delete it through the API, or only one of the instance [unknown]."""

    reading_profiles: tuple[str, ...] = ("READER",)
    """User profiles of the licence that may not change projects: ``ERR_USER_ACTION_FORBIDDEN_BY_PROFILE`` [doc; which: unknown]."""

    code_needs_ability: bool = True
    """Writing code (recipes, Python scenarios) needs ``mayWriteSafeCode`` or ``mayWriteUnsafeCode`` of a group [doc]."""

    generic_sql_licensed: bool = True
    """Datasets of the generic types ``SQL`` and ``JDBC`` may be created; refused where the licence lacks them [seen]."""

    keep_unknown_fields: bool = False
    """Keep unknown keys of typed documents, as a newer DSS that knows them would."""

    route_error_body: Literal["html", "json"] = "html"
    """Body of 404 for unknown routes and 405 for wrong verbs [seen: may lack the JSON envelope]."""

    failed_future: Literal["error", "result"] = "error"
    """GET of a failed future: HTTP error with the exception, or 200 with no result [inferred / unknown]."""

    futures_answer_at_once: bool = False
    """Operations that may finish quickly answer with the result and without ``jobId`` [client: both happen]."""

    # Instance objects (connections, users, code environments, plugins): their areas add switches below this line.

    missing_connection_status: int = 400
    """Status of "Connection 'X' does not exist": 404, 400 or 500 [unknown]."""

    admin_reads_connection_details: bool = True
    """Admins read details whatever "Details readable by" says [inferred]."""

    omitted_connection_secret: Literal["kept", "erased"] = "kept"  # noqa: S105  a switch, not a secret
    """PUT of a connection without its secret [unknown]."""

    foreign_ciphertext: Literal["at_use", "on_write"] = "at_use"
    """When a secret encrypted by another node is refused: at use [doc], or already when it is written [unknown]."""

    folder_info_credentials: Literal["resolved", "absent"] = "resolved"
    """``dataiku.Folder.get_info(sensitive_info=True)`` carries the key pair of an S3 connection [doc; key names inferred]."""

    api_key_after_creation: Literal["masked", "absent"] = "masked"
    """A key's value in lists and definitions: ``******``, or no ``key`` at all, both [seen]."""

    default_group_of_new_users: str | None = None
    """Group added to every user made through the API: DSS 15 has one [seen], others not."""

    interpreters: tuple[str, ...] = ("PYTHON39", "PYTHON310", "PYTHON311", "PYTHON312", "PYTHON313", "PYTHON314")
    """Interpreters installed on the machine: building a code env with another one fails half-way, as [seen]."""

    plugin_code_env: Literal["host", "venv"] = "host"
    """Code env of a plugin: the node's own interpreter after checking the requirements, or a real venv (pip, slow)."""

    plugin_without_code_env: Literal["refuse", "builtin"] = "refuse"
    """Macro of a plugin that declares a code env that is not set up: refused [inferred], or run in the built-in env [doc].

    Refused by default: the built-in env of a real node lacks the plugin's packages, this node's interpreter may have them."""

    plugin_dev_flag: Literal["isDev", "dev"] = "isDev"
    """Development flag in the list of plugins: a boolean (14.6), or the *text* ``"False"`` under ``dev`` (older), both [seen]."""

    failed_plugin_install: Literal["error", "result"] = "error"
    """Refused install or update of a plugin: HTTP error, or 200 with ``success: false`` (both [seen])."""

    failing_macro_wait: Literal["run_id", "error"] = "run_id"
    """POST of a macro run with ``wait=true`` that fails: 200 with the run id, or an HTTP error [unknown]."""

    failed_macro_result_status: int = 500
    """Status of the result of a failed macro run [unknown]."""

    macro_passwords: Literal["clear", "encrypted"] = "clear"
    """PASSWORD values in ``plugin_config`` of a macro: clear text, or still encrypted, both [seen]."""

    macro_plugin_config: Literal["flat", "wrapped"] = "flat"
    """``plugin_config`` of a macro: flat, or one level deep under ``config`` [seen: one plugin guards against it]."""

    macro_ints: Literal["as_sent", "float"] = "as_sent"
    """INT values reach a macro as sent, or as float [doc: templates warn of it]."""

    @property
    def version(self) -> tuple[int, ...]:
        """``dss_version`` as numbers, e.g. ``(14, 2, 0)``; what is no number ends it."""
        numbers = [part for part in self.dss_version.split(".") if part.isdecimal()]
        return tuple(int(part) for part in numbers)

    @property
    def typing(self) -> tuple[object, ...]:
        """All that the typed form of a stored document depends on: the ``context`` of ``Documents.typed``."""
        return (self.dss_version, self.keep_unknown_fields)

    # Objects beside the flow (dashboards, webapps, notebooks, data quality): their areas add switches below this line.

    pinning_authorizes: bool = True
    """Saving a dashboard with an insight on it lets readers of dashboards read what the insight shows [seen; by the API: unknown]."""

    webapp_key_changes: bool = False
    """Every save of a webapp gives it another API key: 523 of 2,911 saves did [seen], why is unknown."""

    omitted_webapp_code: Literal["erased", "kept"] = "erased"
    """PUT of a webapp without a part of its code [unknown]."""

    dataset_metrics_answer: Literal["result", "future"] = "result"
    """Computing metrics of a dataset answers with the result, or with a future, both [seen]."""

    unknown_rule_type: Literal["error", "accept"] = "error"
    """A data-quality rule of a type that is no rule of DSS and of no plugin [unknown]."""

    # Project git: its area adds switches below this line.

    git_commit_delay: int = 0
    """A save's commit is there at once, or only so many calls later: the next ``n`` calls do not see it yet [unknown]."""

    unchanged_save_commit: Literal["empty", "none"] = "empty"
    """A save that changes no file is an empty commit (1,449 of 3,741 recipe saves since 12.4 [seen]), or no commit at all."""

    local_variables_in_git: bool = True
    """``localvariables.json`` is committed: it is in 6 of 27 real repositories [seen], whether always is unknown."""

    untracked_is_uncommitted: bool = False
    """``hasUncommittedChanges`` of the status counts new files, or (as in JGit, whose names it has) only tracked ones [unknown]."""

    @property
    def major_version(self) -> int:
        """The first number of ``dss_version``, e.g. 14."""
        return int(self.dss_version.partition(".")[0])

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Profile":
        """Return the profile with ``document`` laid over the defaults; raises ``ValueError`` for an unknown switch."""
        return cls().changed(document)

    def changed(self, document: Mapping[str, Any]) -> "Profile":
        """Return this profile with the switches of ``document`` set; raises ``ValueError`` for an unknown switch."""
        known = [field.name for field in fields(self)]
        unknown = sorted(set(document) - set(known))
        if unknown:
            raise ValueError(f"unknown switch {', '.join(unknown)} in the profile; known are {', '.join(known)}")
        return replace(self, **document)
