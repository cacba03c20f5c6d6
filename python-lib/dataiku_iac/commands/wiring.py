"""From what a user asks for to the things that do it: files, node, state store. Opened here, closed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dataiku_iac.commands.inputs import NodeInputs, StateInputs, Target
from dataiku_iac.commands.sources import OpenSource, open_source
from dataiku_iac.commands.state_places import open_blobs
from dataiku_iac.commands.surroundings import Surroundings
from dataiku_iac.config.loading import Loaded, load
from dataiku_iac.config.variables import GitInfo
from dataiku_iac.core.canonical import Json
from dataiku_iac.core.errors import ConfigError, StateError
from dataiku_iac.core.kind import Registry
from dataiku_iac.dss.identity import read_identity
from dataiku_iac.dss.nodes import find_node
from dataiku_iac.dss.session import NodeSession
from dataiku_iac.store.blobs import Blobs, Under
from dataiku_iac.store.stack_store import StackStore

__all__ = ["Bench", "Node", "Stack", "open_bench"]

_LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Node:
    """A node to work on: ``name`` as plans and messages call it, ``login`` = who we are there."""

    name: str
    session: NodeSession
    login: str

    @property
    def url(self) -> str:
        """Where it is."""
        return self.session.url


@dataclass(frozen=True, slots=True)
class Stack:
    """Which state: ``<environment>/<stack>`` at ``state``. ``node`` is what the environment calls its node, if read."""

    environment: str
    name: str
    state: StateInputs
    node: str = ""
    parallelism: int = 8
    trust_git: bool = False


@dataclass(slots=True)
class Bench:
    """Opens what a command needs, each thing once and only when asked for."""

    target: Target
    surroundings: Surroundings
    registry: Registry
    commit: str = ""
    _stack: ExitStack = field(default_factory=ExitStack)
    _local: NodeSession | None = None
    _loaded: Loaded | None = None
    _node: Node | None = None
    _opened: Blobs | None = None

    # --- files ---

    def load(self, *, strict: bool = False) -> Loaded:
        """Return what the files declare.

        Raises:
            ConfigError: with every problem of the files.
        """
        if self._loaded is None:
            reader = None if self.surroundings.local is None else self.local_session()
            with open_source(self.target.source, reader, self.surroundings.environ) as source:
                self._loaded = self._load(source, strict=strict)
        return self._loaded

    def _load(self, source: OpenSource, *, strict: bool) -> Loaded:
        self.commit = source.commit
        variables: Mapping[str, Json] = dict(self.target.variables)
        return load(
            source.tree,
            self.registry,
            path=source.path,
            environment=self.target.environment or None,
            variables=variables,
            os_environ=self.surroundings.visible,
            git=GitInfo(source.commit, self.target.source.ref) if source.commit else None,
            strict=strict,
        )

    def stack(self) -> Stack:
        """Return which state is meant; the files are read only if the request leaves something open."""
        target = self.target
        if self._loaded is None and target.stack and target.environment and not target.state.is_empty:
            return Stack(target.environment, target.stack, target.state)
        loaded = self.load()
        state = self._state_of_files(loaded) if target.state.is_empty else target.state
        return Stack(
            environment=loaded.configuration.environment,
            name=target.stack or loaded.configuration.stack,
            state=state,
            node=loaded.environment.node,
            parallelism=loaded.environment.parallelism,
            trust_git=loaded.environment.trust_git,
        )

    def _state_of_files(self, loaded: Loaded) -> StateInputs:
        found = StateInputs.from_settings(loaded.settings.state)
        if found.directory and self.surroundings.local is not None:
            # Whoever writes the files would choose where on the node's disk its service account writes.
            raise ConfigError(
                "a directory for the state cannot be chosen by the files inside a node",
                where="dataiku-iac.yml, state.directory",
                next_step="use a managed folder; or let an administrator make a preset of the state store",
            )
        return found

    # --- the node ---

    def node(self) -> Node:
        """Return the node to work on, after asking it who we are.

        Raises:
            ConfigError: nothing says where it is, or the environment is meant for another one.
            NodeError: it does not answer, or does not know the key.
        """
        if self._node is None:
            self._node = self.connect(self.stack().node)
        return self._node

    def connect(self, wanted: str = "") -> Node:
        """Return the node of the request; ``wanted`` is what the environment calls it, empty if there is none."""
        if self._node is None:
            if self.target.node is not None:
                name, session = _preset_name(self.target.node, wanted), self._connect_preset(self.target.node)
            elif self.surroundings.local is not None:
                name, session = _check_local(wanted), self.local_session()
            else:
                name = wanted or "default"
                session = self._connect_found(name)
            self._node = Node(name, session, read_identity(session).login)
        return self._node

    def user(self) -> str:
        """Return who asked: inside a node the user who runs the macro, not the key of a preset."""
        return self.node().login if self.surroundings.local is None else read_identity(self.local_session()).login

    def local_session(self) -> NodeSession:
        """Return a session on the node we run on, with the rights of the user who runs the macro."""
        if self._local is None:
            local = self.surroundings.local
            if local is None:
                raise ConfigError("not inside a node", where="node", next_step="name a node")
            session = NodeSession.from_client(local.client(), clock=self.surroundings.clock)
            self._local = self._stack.enter_context(session)
        return self._local

    def _connect_preset(self, node: NodeInputs) -> NodeSession:
        return self._stack.enter_context(
            NodeSession.connect(
                node.url,
                node.api_key,
                clock=self.surroundings.clock,
                ca_bundle=Path(node.ca_bundle) if node.ca_bundle else None,
                insecure=not node.verify_tls,
            )
        )

    def _connect_found(self, name: str) -> NodeSession:
        home = self.surroundings.home
        access = find_node(
            name,
            environ=self.surroundings.environ,
            client_config=home / ".dataiku" / "config.json" if home is not None else None,
        )
        return self._stack.enter_context(
            NodeSession.connect(
                access.url,
                access.api_key,
                clock=self.surroundings.clock,
                ca_bundle=access.ca_bundle,
                insecure=access.insecure,
            )
        )

    # --- the store ---

    def store(self) -> StackStore:
        """Return the stack's store, made if there is none."""
        stack = self.stack()
        return StackStore.open_or_init(
            self._blobs(stack),
            environment=stack.environment,
            stack=stack.name,
            clock=self.surroundings.clock,
            ids=self.surroundings.ids,
        )

    def store_if_any(self) -> StackStore | None:
        """Return the stack's store, or ``None`` if nothing was ever stored; nothing is written."""
        stack = self.stack()
        blobs = self._blobs(stack)
        if Under(blobs, f"{stack.environment}/{stack.name}/").get("meta.json") is None:
            return None
        return self.store()

    def existing_store(self) -> StackStore:
        """Return the stack's store.

        Raises:
            StateError: there is none: nothing was ever planned or applied.
        """
        found = self.store_if_any()
        if found is None:
            stack = self.stack()
            raise StateError(
                f'nothing is stored for stack "{stack.name}" in environment "{stack.environment}"',
                where=self._blobs(stack).where(f"{stack.environment}/{stack.name}/"),
                next_step="make a plan and apply it first, or correct stack, environment and place of the state",
            )
        return found

    def _blobs(self, stack: Stack) -> Blobs:
        if self._opened is None:
            surroundings = self.surroundings
            reader = None
            if stack.state.managed_folder:
                reader = self.node().session if surroundings.local is None else self.local_session()
            self._opened = open_blobs(
                stack.state,
                clock=surroundings.clock,
                reader=reader,
                local=surroundings.local,
                base=surroundings.directory,
            )
        return self._opened

    def close(self) -> None:
        """Close all connections."""
        self._stack.close()


@contextmanager
def open_bench(target: Target, surroundings: Surroundings, registry: Registry) -> Iterator[Bench]:
    """Give a bench and close what it opened."""
    bench = Bench(target, surroundings, registry)
    try:
        yield bench
    finally:
        bench.close()


def _preset_name(node: NodeInputs, wanted: str) -> str:
    if node.name and wanted and node.name != wanted:
        raise ConfigError(
            f'the environment is meant for node "{wanted}", the preset is of node "{node.name}"',
            where="environment",
            next_step="choose the preset of that node, or another environment",
        )
    return wanted or node.name or node.url


def _check_local(wanted: str) -> str:
    if wanted and wanted != _LOCAL:
        raise ConfigError(
            f'the environment is meant for node "{wanted}", and no preset of a node was chosen',
            where="environment",
            next_step=f'choose the preset of "{wanted}"; for the node that runs this, write node: {_LOCAL}',
        )
    return _LOCAL
