"""The program ``dataiku-iac``: the same commands as the macros, for terminals and pipelines.

Exit codes: 0 fine, 1 failed, 2 wrong command line, 3 invalid configuration, 4 no access, 5 not found, 6 the stack is
locked by another run, 7 there are changes (``plan --check``) or drift (``drift --check``). Results go to standard
output, everything else to standard error.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from dataiku_iac.commands.apply_command import apply
from dataiku_iac.commands.collector import rarely_collecting
from dataiku_iac.commands.drift_command import drift
from dataiku_iac.commands.explain_command import explain_address
from dataiku_iac.commands.import_command import run_import
from dataiku_iac.commands.inputs import (
    ApplyInputs,
    DriftInputs,
    ImportInputs,
    NodeInputs,
    PlanInputs,
    ResumeInputs,
    Source,
    SourceSort,
    StateInputs,
    Target,
)
from dataiku_iac.commands.outcome import ExitCode, Outcome, exit_code_of
from dataiku_iac.commands.plan_command import plan
from dataiku_iac.commands.resume_command import resume
from dataiku_iac.commands.state_command import show_state
from dataiku_iac.commands.surroundings import Surroundings, read_version
from dataiku_iac.commands.validate_command import ValidateInputs, validate
from dataiku_iac.core.errors import ConfigError, Defect, IacError
from dataiku_iac.core.plan import Action, Plan
from dataiku_iac.core.secret import Secret
from dataiku_iac.dss.nodes import find_node
from dataiku_iac.report import markdown
from dataiku_iac.report.json_form import error_json, to_text
from dataiku_iac.report.text import Detail, Summary, render_error, render_plan
from dataiku_iac.resources.registry import KINDS

__all__ = ["cli", "main"]

Function = TypeVar("Function", bound=Callable[..., Any])

_FORMATS = click.Choice(["text", "json", "markdown", "html"])


def _surroundings() -> Surroundings:
    environ = dict(os.environ)
    return Surroundings(environ=environ, visible=environ, home=Path.home(), directory=Path.cwd())


def _progress(done: int, total: int, what: str) -> None:
    Console(stderr=True, highlight=False, markup=False).print(
        f"{done * 100 // total if total else 0:3d}% {what}", style="dim"
    )


def _state(text: str) -> StateInputs:
    """Read ``--state``: ``folder:PROJECT.name``, ``s3://bucket/prefix`` or a directory."""
    if text.startswith("folder:"):
        return StateInputs(managed_folder=text.removeprefix("folder:"))
    if text.startswith("s3://"):
        bucket, _, prefix = text.removeprefix("s3://").partition("/")
        environ = os.environ
        secret = environ.get("DATAIKU_IAC_S3_SECRET_KEY", "")
        return StateInputs(
            bucket=bucket,
            prefix=prefix,
            region=environ.get("DATAIKU_IAC_S3_REGION", ""),
            endpoint=environ.get("DATAIKU_IAC_S3_ENDPOINT", ""),
            access_key=environ.get("DATAIKU_IAC_S3_ACCESS_KEY", ""),
            secret_key=Secret(secret) if secret else None,
        )
    return StateInputs(directory=text)


def _target(config: str, environment: str, state: str, stack: str, variables: tuple[str, ...]) -> Target:
    pairs = []
    for item in variables:
        name, equals, value = item.partition("=")
        if not (name and equals):
            raise click.BadParameter(f'"{item}" is not NAME=VALUE', param_hint="--var")
        pairs.append((name, value))
    return Target(
        source=Source(SourceSort.DIRECTORY, path=config),
        environment=environment,
        state=_state(state) if state else StateInputs(),
        stack=stack,
        variables=tuple(pairs),
    )


def _with_target(function: Function) -> Function:
    for option in reversed(
        (
            click.option(
                "-c", "--config", default=".", show_default=True, help="File or directory of the configuration."
            ),
            click.option("-e", "--environment", default="", help="Environment; default: that of the files."),
            click.option(
                "--state",
                default="",
                help="folder:PROJECT.name, s3://bucket/prefix or a directory; default: as the files say.",
            ),
            click.option("--stack", default="", help="Stack; default: as the files say."),
            click.option(
                "--var", "variables", multiple=True, metavar="NAME=VALUE", help="Variable; wins over all others."
            ),
            click.option(
                "--format", "form", type=_FORMATS, default="text", show_default=True, help="Form of the result."
            ),
        )
    ):
        function = option(function)
    return function


def _show(outcome: Outcome, form: str) -> None:
    if form == "json":
        click.echo(to_text({**outcome.json, "stored": outcome.stored}))
    elif form == "html":
        click.echo(outcome.html)
    elif form == "markdown":
        click.echo(_markdown(outcome), nl=False)
    else:
        click.echo(outcome.text, nl=False)
    if outcome.failure is not None:
        click.echo(render_error(outcome.failure), err=True, nl=False)


def _markdown(outcome: Outcome) -> str:
    if outcome.json.get("kind") == "plan":
        return markdown.render_plan(Plan.from_json(outcome.json["plan"], where="result"), detailed=True)
    raise click.UsageError("--format markdown is for plans")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(read_version(), prog_name="dataiku-iac")
def cli() -> None:
    """Declare what DSS projects should be, see what would change, change it, survive the loss of any machine."""


@cli.command("validate")
@_with_target
@click.option("--strict", is_flag=True, help="Warnings are errors.")
def validate_files(
    config: str, environment: str, state: str, stack: str, variables: tuple[str, ...], form: str, *, strict: bool
) -> int:
    """Check the files; contacts no node."""
    target = _target(config, environment, state, stack, variables)
    outcome = validate(ValidateInputs(target, strict=strict), _surroundings(), KINDS)
    _show(outcome, form)
    return outcome.exit_code


@cli.command("plan")
@_with_target
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the plan to a file for a later apply."
)
@click.option("--save", is_flag=True, help="Keep the plan in the state store for a later apply.")
@click.option("--check", is_flag=True, help="Exit with 7 if there are changes.")
@click.option(
    "--detailed",
    "--verbose",
    "detailed",
    is_flag=True,
    help="Show differences of code and every suppressed difference.",
)
@click.option("--short", is_flag=True, help="Show addresses only.")
@click.option("--unchanged", is_flag=True, help="Also show what stays as it is.")
@click.option("--summary", type=click.Choice([summary.value for summary in Summary]), default="iac", show_default=True)
@click.option("--strict", is_flag=True, help="Warnings are errors.")
@click.option("--read-all", is_flag=True, help="Read every project, whatever the environment says of trust_git.")
@click.option("--no-color", is_flag=True, help="No colour, also in a terminal.")
def plan_changes(
    config: str,
    environment: str,
    state: str,
    stack: str,
    variables: tuple[str, ...],
    form: str,
    out: Path | None,
    summary: str,
    **flags: bool,
) -> int:
    """Show what would change; writes nothing unless --out or --save is given."""
    target = _target(config, environment, state, stack, variables)
    keeps = flags["save"] or out is not None
    inputs = PlanInputs(
        target, save=keeps, detailed=flags["detailed"], strict=flags["strict"], read_all=flags["read_all"]
    )
    outcome = plan(inputs, _surroundings(), KINDS, _progress)
    made = Plan.from_json(outcome.json["plan"], where="result")
    if out is not None:
        out.write_text(to_text(outcome.json["plan"]) + "\n", encoding="utf-8")
    if form == "text":
        detail = Detail.DETAILED if flags["detailed"] else Detail.SHORT if flags["short"] else Detail.LONG
        color = sys.stdout.isatty() and not flags["no_color"] and "NO_COLOR" not in os.environ
        text = render_plan(
            made,
            detail=detail,
            summary=Summary(summary),
            color=color,
            unchanged=flags["unchanged"],
            checks=outcome.checks,
        )
        click.echo(text, nl=False, color=color)
        if keeps:
            click.echo(f"To apply: dataiku-iac apply {out or made.id}", err=True)
    else:
        _show(outcome, form)
    return outcome.exit_code if flags["check"] else ExitCode.OK


@cli.command("explain")
@_with_target
@click.argument("address")
def explain_change(
    config: str, environment: str, state: str, stack: str, variables: tuple[str, ...], form: str, address: str
) -> int:
    """Say why a plan does what it does to ADDRESS (dataset.CRM.ORDERS): which file and line, which rule, which cause."""
    target = _target(config, environment, state, stack, variables)
    _show(explain_address(PlanInputs(target), address, _surroundings(), KINDS, _progress), form)
    return ExitCode.OK


@cli.command("apply")
@_with_target
@click.argument("saved", metavar="[PLAN]", default="")
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Look at everything, write nothing.")
@click.option("--parallelism", type=click.IntRange(1, 64), help="Calls at a time.")
@click.option("--wait", type=click.IntRange(0, 3600), default=0, help="Seconds to wait for another run's lease.")
def apply_plan(
    config: str,
    environment: str,
    state: str,
    stack: str,
    variables: tuple[str, ...],
    form: str,
    saved: str,
    parallelism: int | None,
    wait: int,
    *,
    auto_approve: bool,
    dry_run: bool,
) -> int:
    """Carry out PLAN, the id of a saved plan or a file written by plan --out; without it, plan, ask and apply."""
    target = _target(config, environment, state, stack, variables)
    ready = _read_plan(Path(saved)) if saved and Path(saved).is_file() else None
    inputs = ApplyInputs(
        target,
        plan="" if ready else saved,
        approve=True,
        dry_run=dry_run,
        parallelism=parallelism or 0,
        wait_s=wait,
        ready=ready,
    )
    if not (saved or auto_approve or dry_run):
        planned = plan(PlanInputs(target), _surroundings(), KINDS, _progress)
        made = Plan.from_json(planned.json["plan"], where="result")
        click.echo(planned.text, err=form != "text", nl=False)
        if planned.exit_code is ExitCode.OK:
            return ExitCode.OK
        if all(change.is_held or change.action is Action.NONE for change in made.changes):
            click.echo("Nothing of this can be done over the API of DSS: do it there, then plan again.", err=True)
            return ExitCode.OK
        if click.prompt("Apply these changes? Only 'yes' is taken for yes", default="no", err=True) != "yes":
            click.echo("Nothing was changed.", err=True)
            return ExitCode.GENERAL
        inputs = ApplyInputs(target, plan=made.id, parallelism=parallelism or 0, wait_s=wait)
    outcome = apply(inputs, _surroundings(), KINDS, _progress)
    _show(outcome, form)
    return ExitCode.OK if dry_run else outcome.exit_code


def _read_plan(path: Path) -> Plan:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ConfigError(
            f"the file is no plan: {error}", where=str(path), next_step="give a file written by plan --out"
        ) from error
    return Plan.from_json(raw, where=str(path))


@cli.command("resume")
@_with_target
@click.argument("run", default="")
@click.option("--abandon", is_flag=True, help="Give up what is left of the run; what was done stays recorded.")
@click.option("--parallelism", type=click.IntRange(1, 64), help="Calls at a time.")
@click.option("--wait", type=click.IntRange(0, 3600), default=0, help="Seconds to wait for another run's lease.")
def resume_run(
    config: str,
    environment: str,
    state: str,
    stack: str,
    variables: tuple[str, ...],
    form: str,
    run: str,
    parallelism: int | None,
    wait: int,
    *,
    abandon: bool,
) -> int:
    """Go on with RUN, or with the one that is open."""
    target = _target(config, environment, state, stack, variables)
    inputs = ResumeInputs(target, run=run, abandon=abandon, parallelism=parallelism or 0, wait_s=wait)
    outcome = resume(inputs, _surroundings(), KINDS, _progress)
    _show(outcome, form)
    return outcome.exit_code


@cli.command("drift")
@_with_target
@click.option("--check", is_flag=True, help="Exit with 7 if something drifted.")
@click.option("--read-all", is_flag=True, help="Read every project, whatever the environment says of trust_git.")
def find_drift(
    config: str,
    environment: str,
    state: str,
    stack: str,
    variables: tuple[str, ...],
    form: str,
    *,
    check: bool,
    read_all: bool,
) -> int:
    """Show how the node differs from what was last applied."""
    target = _target(config, environment, state, stack, variables)
    outcome = drift(DriftInputs(target, read_all=read_all), _surroundings(), KINDS, _progress)
    _show(outcome, form)
    return outcome.exit_code if check else ExitCode.OK


@cli.command("import")
@click.argument("project")
@click.option("--node", default="default", show_default=True, help="Name of the node, as in environments.")
@click.option("--output", required=True, help="Directory to write the files to.")
@click.option("--overwrite", is_flag=True, help="Overwrite files that are there.")
@click.option("--format", "form", type=_FORMATS, default="text", show_default=True, help="Form of the result.")
def import_files(project: str, node: str, output: str, form: str, *, overwrite: bool) -> int:
    """Write PROJECT as files."""
    surroundings = _surroundings()
    home = surroundings.home
    access = find_node(
        node,
        environ=surroundings.environ,
        client_config=home / ".dataiku" / "config.json" if home is not None else None,
    )
    inputs = ImportInputs(
        imported=project,
        destination="directory",
        path=output,
        overwrite=overwrite,
        node=NodeInputs(
            access.name,
            access.url,
            access.api_key,
            verify_tls=not access.insecure,
            ca_bundle=str(access.ca_bundle or ""),
        ),
    )
    outcome = run_import(inputs, surroundings, KINDS, _progress)
    _show(outcome, form)
    return outcome.exit_code


@cli.group("state")
def state_group() -> None:
    """Look at the recorded state."""


@state_group.command("show")
@_with_target
def show(config: str, environment: str, state: str, stack: str, variables: tuple[str, ...], form: str) -> int:
    """Show what is recorded, and whether a run is open."""
    outcome = show_state(_target(config, environment, state, stack, variables), _surroundings(), KINDS)
    _show(outcome, form)
    return outcome.exit_code


@rarely_collecting()
def main(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code; the caller exits with it."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(message)s")
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)  # a connection too many is closed after use
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = cli.main(arguments, prog_name="dataiku-iac", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as wrong:
        wrong.show()
        return ExitCode.USAGE
    except click.Abort:
        click.echo("Stopped.", err=True)
        return ExitCode.GENERAL
    except IacError as error:
        return _fail(error, as_json=_wants_json(arguments))
    except Exception as error:
        logging.getLogger("dataiku_iac").exception("unexpected")
        return _fail(Defect(f"{type(error).__name__}: {error}"), as_json=_wants_json(arguments))
    return int(code or 0)


def _wants_json(arguments: list[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(argument == "--format=json" or (argument, value) == ("--format", "json") for argument, value in pairs)


def _fail(error: IacError, *, as_json: bool) -> int:
    if as_json:
        click.echo(to_text(error_json(error)))
    click.echo(render_error(error), err=True, nl=False)
    return exit_code_of(error)
