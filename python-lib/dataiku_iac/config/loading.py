"""From files to a ``Configuration``: the one way in, whoever asks.

All problems of all files are collected and raised together; the result does not depend on the order of files or entries.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from dataiku_iac.config.entries import PROJECT, Entry, ProjectSource, name_key, read_sources
from dataiku_iac.config.environments import Environment, make_environment, read_environment
from dataiku_iac.config.files import SourceTree, resolve_path
from dataiku_iac.config.findings import Findings, did_you_mean
from dataiku_iac.config.located import Located, Places, locate
from dataiku_iac.config.moves import check_moves
from dataiku_iac.config.origins import Origins
from dataiku_iac.config.references import check_references
from dataiku_iac.config.remapping import Remapping
from dataiku_iac.config.schema_errors import SchemaChecker
from dataiku_iac.config.settings import Settings, read_settings
from dataiku_iac.config.shapes import check_keys, read_bool, read_choice, read_mapping, read_text, read_texts, type_name
from dataiku_iac.config.validation import check_checks, check_hidden, check_name, check_project_key
from dataiku_iac.config.variables import GitInfo, Variables
from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject, is_object
from dataiku_iac.core.errors import ConfigError
from dataiku_iac.core.kind import Kind, Registry
from dataiku_iac.core.problem import Place
from dataiku_iac.core.resource import Configuration, Lifecycle, Moved, OnDelete, Resource

__all__ = ["Loaded", "load", "load_configuration"]

_ENVELOPE = ("depends_on", "lifecycle")
_COMMAND_LINE = Place("command line")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration with the environment and the settings it was made for."""

    configuration: Configuration
    environment: Environment
    settings: Settings


def load_configuration(
    tree: SourceTree,
    registry: Registry,
    *,
    path: str = "",
    environment: str | None = None,
    variables: Mapping[str, Json] | None = None,
    os_environ: Mapping[str, str] | None = None,
    git: GitInfo | None = None,
    strict: bool = False,
) -> Configuration:
    """Return what the files declare; arguments and errors are those of ``load``."""
    return load(
        tree,
        registry,
        path=path,
        environment=environment,
        variables=variables,
        os_environ=os_environ,
        git=git,
        strict=strict,
    ).configuration


def load(
    tree: SourceTree,
    registry: Registry,
    *,
    path: str = "",
    environment: str | None = None,
    variables: Mapping[str, Json] | None = None,
    os_environ: Mapping[str, str] | None = None,
    git: GitInfo | None = None,
    strict: bool = False,
) -> Loaded:
    """Load a whole tree, or one file or directory of it.

    Args:
        tree: where the files are; ``dataiku-iac.yml`` and ``environments/`` are read at its root.
        registry: the kinds of objects that can be declared.
        path: file or directory in the tree; empty for all of it.
        environment: name of the target; ``None`` takes ``default_environment``, or ``default`` where there are no environments.
        variables: from the command line; they win over all others.
        os_environ: what ``{{ env.X }}`` and ``${env:X}`` can see.
        git: what ``${git:commit}`` says.
        strict: warnings stop the load like errors.

    Raises:
        ConfigError: with every problem found, if one of them is an error.
    """
    findings = Findings()
    settings = read_settings(tree, findings)
    name = environment or settings.default_environment or _only_choice(tree)
    file = read_environment(tree, name, findings)
    given = {key: locate(value, _COMMAND_LINE) for key, value in (variables or {}).items()}
    resolver = Variables(
        {**settings.variables, **file.variables, **given},
        environment=name,
        os_environ=os_environ or {},
        git=git,
        findings=findings,
    )
    target = make_environment(file, resolver, findings)
    loader = _Loader(tree, registry, settings, target, resolver, findings)
    for source in read_sources(tree, registry, path, findings):
        loader.add(source)
    loader.check_whole()
    warnings = findings.raise_errors(where=path or tree.label, strict=strict)
    configuration = Configuration(
        stack=settings.stack or loader.only_project(),
        environment=name,
        resources=loader.sorted_resources(),
        forget=tuple(sorted(set(loader.forget))),
        warnings=warnings,
        moved=tuple(sorted(loader.moved, key=lambda move: (move.before, move.after))),
    )
    return Loaded(configuration, target, settings)


def _only_choice(tree: SourceTree) -> str:
    """Return ``default`` where no environment exists; else an empty name, which is then an unknown one."""
    return "" if tree.list("environments/*.yml") or tree.list("environments/*.yaml") else "default"


class _Loader:
    """Turns entries into resources and keeps what is found on the way."""

    def __init__(
        self,
        tree: SourceTree,
        registry: Registry,
        settings: Settings,
        environment: Environment,
        variables: Variables,
        findings: Findings,
    ) -> None:
        self.forget: list[Address] = []
        self.moved: list[Moved] = []
        self._resources: dict[Address, Resource] = {}
        self._declared_projects: list[str] = []
        self._tree = tree
        self._registry = registry
        self._settings = settings
        self._environment = environment
        self._variables = variables
        self._findings = findings
        self._remapping = Remapping(environment)
        self._checkers: dict[str, SchemaChecker] = {}
        self._forget_places: dict[Address, Place] = {}
        self._protected: set[str] = set()
        self._broken: set[Address] = set()

    def add(self, source: ProjectSource) -> None:
        """Take in all entries of one project's files."""
        project = self._project_of(source)
        if project is None:
            return
        for entry in [*source.projects[:1], *source.entries]:
            resource = self._resource(entry, project)
            if resource is not None:
                self._keep(resource)
        for line in source.forget:
            address = self._address(line.text, line.place)
            if address is not None:
                self.forget.append(address)
                self._forget_places[address] = line.place
        for move in source.moved:
            before, after = (self._address(text, move.place) for text in (move.before, move.after))
            if before is not None and after is not None:
                self.moved.append(Moved(before, after, move.place))

    def _project_of(self, source: ProjectSource) -> str | None:
        for extra in source.projects[1:]:
            self._findings.error(
                "duplicate-key",
                f'"{PROJECT}" stands at {source.projects[0].node.best_place} and again',
                place=extra.node.best_place,
                suggestion="keep one project per file or folder",
            )
        if not source.projects:
            if source.entries:
                self._findings.error(
                    "no-project",
                    f"{len(source.entries)} in {source.where}",
                    place=source.entries[0].node.best_place,
                    suggestion="add a section project: with its key",
                )
            return "" if not source.entries else None
        node = source.projects[0].node
        fields = read_mapping(node, PROJECT, self._findings)
        key_node = fields.get("key")
        if key_node is None or key_node.value is None:
            if node.mapping is not None:
                self._findings.error("missing-key", '"key" in project', place=node.best_place, suggestion="add key:")
            return None
        key_node = self._variables.resolve(key_node)
        key = read_text(key_node, "project.key", self._findings)
        if not key:
            return None
        check_project_key(key, key_node, self._settings.naming, self._findings)
        self._declared_projects.append(key)
        return key

    # --- one entry ---

    def _resource(self, entry: Entry, project: str) -> Resource | None:
        kind, findings = entry.kind, self._findings
        if entry.node.mapping is None:
            findings.error(
                "wrong-type",
                f"an entry of {kind.section} is {type_name(entry.node.value)}",
                place=entry.node.best_place,
                suggestion=f"write a mapping with {name_key(kind.section)}",
            )
            return None
        errors_before = findings.error_count
        key = self._environment.project_key(project)
        node = self._variables.resolve(entry.node, project=key, skip={file.key for file in kind.files})
        fields = read_mapping(node, kind.section, findings)
        name = self._name(kind, fields, node)
        if name is None:
            return None
        address = self._remapping.address(Address(kind.name, project, "" if kind.section == PROJECT else name))
        spec = self._spec(kind, fields, entry.file, address)
        lifecycle = self._lifecycle(fields.get("lifecycle"), address, project)
        depends_on = self._depends_on(fields.get("depends_on"))
        found = Resource(address, spec, node.best_place, Places(node), lifecycle, depends_on)
        origins = Origins(entry.node, node, self._variables.places)
        if "connection" in spec and "connection" not in fields:
            origins.note_default("connection", self._environment)
        if findings.error_count > errors_before or not self._checker(kind).check(
            self._instance(kind, name, spec), node, address, findings
        ):
            self._broken.add(address)  # known by name, so that nobody is told that it does not exist
            return found
        return replace(found, spec=self._normal(kind, spec, node, address, origins), origins=origins)

    def _name(self, kind: Kind, fields: Mapping[str, Located], node: Located) -> str | None:
        key = name_key(kind.section)
        name_node = fields.get(key)
        if name_node is None or name_node.value is None:
            near = did_you_mean(key, fields)
            self._findings.error(
                "missing-key",
                f'"{key}" in an entry of {kind.section}',
                place=node.best_place,
                suggestion=near or f"add {key}:",
            )
            return None
        return read_text(name_node, key, self._findings) or None

    def _spec(self, kind: Kind, fields: Mapping[str, Located], file: str, address: Address) -> JsonObject:
        """Return the entry as a spec: without name and envelope, with the texts of files in it."""
        file_keys = {field.file_key: field for field in kind.files}
        aside = {name_key(kind.section), *_ENVELOPE, *file_keys}
        spec = {key: node.plain() for key, node in fields.items() if key not in aside}
        for file_key, field in file_keys.items():
            node = fields.get(file_key)
            if node is None or node.value is None:
                continue
            if spec.get(field.key) is not None:
                self._findings.error(
                    "code-twice",
                    f"{field.key} and {file_key}",
                    place=node.best_place,
                    address=address,
                    suggestion="keep one of them",
                )
            else:
                text = self._file_text(node, file_key, file, address)
                spec[field.key] = self._parsed(text, node, file_key, address) if field.is_json else text
        return self._remapping.with_default_connection(spec, kind)

    def _file_text(self, node: Located, key: str, file: str, address: Address) -> str:
        written = read_text(node, key, self._findings)
        path = resolve_path(posixpath.dirname(file), written) if written else None
        if path is None:
            if written:
                self._findings.error(
                    "outside-tree",
                    written,
                    place=node.best_place,
                    address=address,
                    suggestion=f"{key} is relative to {file} and stays inside {self._tree.label}",
                )
            return ""
        try:
            return self._tree.read_text(path)
        except ConfigError as error:
            for problem in error.problems:
                detail = f"{key}: {problem.detail}"
                self._findings.extend([replace(problem, detail=detail, place=node.best_place, address=str(address))])
            return ""

    def _parsed(self, text: str, node: Located, key: str, address: Address) -> Json:
        """Return what a JSON file means; an empty text was complained about already."""
        try:
            value: Json = json.loads(text) if text else {}
        except ValueError as error:
            self._findings.error(
                "invalid-json",
                f"{key}: {error}",
                place=node.best_place,
                address=address,
                suggestion="write JSON into the file, as import does",
            )
            return {}
        return value

    def _instance(self, kind: Kind, name: str, spec: JsonObject) -> JsonObject:
        """Return what the kind's schema speaks of: the spec with its name."""
        properties = kind.schema.get("properties")
        known = properties if is_object(properties) else {}
        key = next((key for key in (name_key(kind.section), "name") if key in known), "")
        return {key: name, **spec} if key else spec

    def _checker(self, kind: Kind) -> SchemaChecker:
        if kind.name not in self._checkers:
            self._checkers[kind.name] = SchemaChecker(kind.schema)
        return self._checkers[kind.name]

    def _normal(self, kind: Kind, spec: JsonObject, node: Located, address: Address, origins: Origins) -> JsonObject:
        """Return the normal form of a spec that fits its schema, in the environment's names."""
        problems = kind.check(spec, address)
        self._findings.extend(
            replace(problem, place=problem.place or node.best_place, address=problem.address or str(address))
            for problem in problems
        )
        document = kind.expand(spec, address)
        check_hidden(document, kind, node, address, self._findings)
        remapped = self._remapping.document(document, kind)
        normal = kind.shorten(remapped, address)
        if remapped is not document:
            origins.note_remapping(lambda: kind.shorten(document, address), normal, self._environment)
        return normal

    # --- what stands in every entry ---

    def _lifecycle(self, node: Located | None, address: Address, project: str) -> Lifecycle:
        if node is None and not self._environment.protect:
            return Lifecycle()
        fields = read_mapping(node, "lifecycle", self._findings)
        check_keys(fields, ("protect", "ignore", "enforce", "on_delete"), "lifecycle", self._findings)
        protect = read_bool(fields.get("protect"), "lifecycle.protect", self._findings, default=False)
        names = (str(address), str(replace(address, project=project)))
        for pattern in self._environment.protect:
            if any(fnmatchcase(name, pattern) for name in names):
                protect = True
                self._protected.add(pattern)
        return Lifecycle(
            protect=protect,
            ignore=tuple(text for text, _ in read_texts(fields.get("ignore"), "lifecycle.ignore", self._findings)),
            enforce=tuple(text for text, _ in read_texts(fields.get("enforce"), "lifecycle.enforce", self._findings)),
            on_delete=OnDelete(
                read_choice(
                    fields.get("on_delete"),
                    "lifecycle.on_delete",
                    [choice.value for choice in OnDelete],
                    self._findings,
                    default=OnDelete.KEEP_DATA.value,
                )
            ),
        )

    def _depends_on(self, node: Located | None) -> tuple[Address, ...]:
        found = [self._address(text, item.best_place) for text, item in read_texts(node, "depends_on", self._findings)]
        return tuple(address for address in found if address is not None)

    def _address(self, text: str, place: Place) -> Address | None:
        kinds = [kind.name for kind in self._registry]
        try:
            address = Address.parse(text)
        except ValueError:
            address = None
        if address is None or address.kind not in kinds or (not address.name and address.kind != PROJECT):
            kind = text.partition(".")[0]
            near = did_you_mean(kind, kinds) if kind not in kinds else ""
            self._findings.error(
                "bad-address",
                f'"{text}"',
                place=place,
                suggestion=near or "write kind.PROJECT.name, e.g. dataset.CRM.X",
            )
            return None
        return self._remapping.address(address)

    # --- all entries together ---

    def _keep(self, resource: Resource) -> None:
        first = self._resources.setdefault(resource.address, resource)
        if first is not resource:
            self._findings.error(
                "duplicate-address",
                f"first at {first.place}",
                place=resource.place,
                address=resource.address,
                suggestion="rename or remove one of them",
            )

    def check_whole(self) -> None:
        """Note what can be said only of all resources together."""
        for resource in self._resources.values():
            check_name(resource, self._settings.naming, self._findings)
        for address in sorted(set(self.forget) & set(self._resources)):
            self._findings.error(
                "forget-declared",
                f"declared at {self._resources[address].place}",
                place=self._forget_places[address],
                address=address,
                suggestion="remove the entry or the line in forget",
            )
        check_moves(self.moved, self._resources.keys(), self._findings)
        whole = {address: found for address, found in self._resources.items() if address not in self._broken}
        check_checks(whole, self._registry, self._findings)
        check_references(whole, self._resources.keys(), self._registry, self._findings)
        if not self._findings.has_errors:
            self._warn_unused()
        if not self._settings.stack and len(set(self._declared_projects)) > 1:
            self._findings.error(
                "missing-key",
                f'"stack": {len(set(self._declared_projects))} projects have no common name',
                place=Place("dataiku-iac.yml"),
                suggestion="add stack: <name> to dataiku-iac.yml, or load one file",
            )

    def _warn_unused(self) -> None:
        self._remapping.warn_unused(self._findings)
        for pattern in self._environment.protect:
            if pattern not in self._protected:
                self._findings.warning(
                    "unused-protect",
                    f'"{pattern}"',
                    place=self._environment.places.get("settings.protect"),
                    suggestion="correct or remove the line",
                )

    def only_project(self) -> str:
        """Return the declared key of the only project, which names the stack where nothing else does."""
        return next(iter(self._declared_projects), "")

    def sorted_resources(self) -> dict[Address, Resource]:
        """Return all resources by rank of their kind and address."""
        ranks = {kind.name: kind.rank for kind in self._registry}
        return {
            address: self._resources[address]
            for address in sorted(self._resources, key=lambda address: (ranks[address.kind], address))
        }
