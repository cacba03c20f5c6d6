"""Routes of data-quality rules, and of the checks that they replaced. Source: api-flow.md 5.2. New in 12.6.

Not served: the status of projects and of the node, and the timeline: what their answers hold is not known.
"""

from typing import Any, Final

from emulator.data_quality.store import RuleStore
from emulator.errors import illegal_argument, not_found, null_pointer
from emulator.futures.store import Futures
from emulator.json_text import JsonObject
from emulator.metrics.points import WHOLE, whole_partition
from emulator.rights import Right
from emulator.routing import Reply, Request, Route, empty_reply, json_reply
from emulator.world import World

__all__ = ["ROUTES"]

_PAGE: Final = 10_000


def list_rules(request: Request, world: World) -> Reply:
    """Answer with ``{"checks": [...]}``."""
    return json_reply({"checks": _store(request, world).rules()})


def create_rule(request: Request, world: World) -> Reply:
    """Answer with the rule, its new id in it."""
    return json_reply(_store(request, world).create(request.json_object(), request.caller))


def put_rule(request: Request, world: World) -> Reply:
    """Replace a rule."""
    _store(request, world).save(request.path["rule_id"], request.json_object(), request.caller)
    return empty_reply()


def delete_rule(request: Request, world: World) -> Reply:
    """Remove a rule."""
    _store(request, world).delete(request.path["rule_id"], request.caller)
    return empty_reply()


def compute_rules(request: Request, world: World) -> Reply:
    """Compute the enabled rules, or the one of ``ruleId``, as a future."""
    whole_partition(request.query("partition"))
    results = _store(request, world).compute(request.query("ruleId"))
    futures = world.state_of(Futures)
    return json_reply(futures.finished({"results": results}, owner=request.caller, name="Computing data quality rules"))


def get_status(request: Request, world: World) -> Reply:
    """Answer with the status as a JSON text [client]; 404 if nothing was ever computed [seen]."""
    status = _store(request, world).status()
    if status is None:
        raise not_found(f"Data quality was never computed on {request.path['project_key']}.{request.path['name']}")
    return json_reply(status)


def get_status_by_partition(request: Request, world: World) -> Reply:
    """Answer with the status by partition, of which there is one [client: an object; what stands in it is inferred]."""
    status = _store(request, world).status()
    return json_reply({} if status is None else {WHOLE: status})


def get_partitions_status(request: Request, world: World) -> Reply:
    """Answer with the status of the partitions that are asked for; without any, DSS 15 falls over [seen]."""
    asked = request.query_list("partitions")
    if not asked:
        raise null_pointer()
    status = _store(request, world).status()
    return json_reply({} if status is None else dict.fromkeys((whole_partition(name) for name in asked), status))


def get_last_results(request: Request, world: World) -> Reply:
    """Answer with the last result of each rule, or of one."""
    whole_partition(request.query("partition"))
    return json_reply(_store(request, world).last_results(request.query("ruleId")))


def get_history(request: Request, world: World) -> Reply:
    """Answer with a page of results between two moments, both included."""
    ids = {*request.query_list("ruleIds"), *request.query_list("ruleId")}
    low, high = _number(request, "minTimestamp", 0), _number(request, "maxTimestamp", 2**63)
    found = [
        result
        for result in _store(request, world).history()
        if low <= result["computeDate"] <= high and (not ids or result["id"] in ids)
    ]
    count, page = _number(request, "resultsPerPage", _PAGE), _number(request, "page", 0)
    return json_reply(found[page * count : (page + 1) * count])


def delete_history(request: Request, world: World) -> Reply:
    """Remove the results of a partition."""
    whole_partition(request.path["partition"])
    _store(request, world).forget_history()
    return empty_reply()


def run_checks(request: Request, world: World) -> Reply:
    """Compute the dataset's checks, those of these ids, or these definitions; deprecated, its report is [inferred]."""
    whole_partition(request.query("partition") or request.query("partitions"))
    store, body, started_at = _store(request, world), request.json(), world.clock.now_ms()
    given = body.get("checks") if isinstance(body, dict) else body
    results = store.compute() if given is None else _chosen(store, given)
    report = {"startTime": started_at, "endTime": world.clock.now_ms(), "results": results}
    return json_reply({"hasResult": True, "result": report, "alive": False, "aborted": False, "unknown": False})


def _chosen(store: RuleStore, given: Any) -> list[JsonObject]:
    if not isinstance(given, list):
        raise illegal_argument("Expected a list of checks in the request body")
    if all(isinstance(check, dict) for check in given):
        return store.judged(given, run_origin="MANUAL")
    return [result for rule_id in given for result in store.compute(str(rule_id))]


def _number(request: Request, name: str, default: int) -> int:
    text = request.query(name)
    if text is not None and not text.lstrip("-").isdigit():
        raise illegal_argument(f"Not a number: {name}={text}")
    return default if text is None else int(text)


def _store(request: Request, world: World) -> RuleStore:
    store = RuleStore(world, world.project(request.path["project_key"]), request.path["name"])
    store.rules()  # 404 for a missing dataset
    return store


_D: Final = "/projects/{project_key}/datasets/{name}"
_Q: Final = f"{_D}/data-quality"
_RULE: Final = _Q + "/rules/{rule_id}"
_SINCE: Final = 12

ROUTES: Final = (
    Route("GET", f"{_Q}/rules", list_rules, Right.READ, since=_SINCE),
    Route("POST", f"{_Q}/rules", create_rule, Right.WRITE, since=_SINCE),
    Route("PUT", _RULE, put_rule, Right.WRITE, since=_SINCE),
    Route("DELETE", _RULE, delete_rule, Right.WRITE, since=_SINCE),
    Route("POST", f"{_Q}/actions/compute-rules", compute_rules, Right.WRITE, since=_SINCE),
    Route("GET", f"{_Q}/status", get_status, Right.READ, since=_SINCE),
    Route("GET", f"{_Q}/status-by-partition", get_status_by_partition, Right.READ, since=_SINCE),
    Route("POST", f"{_Q}/get-partitions-status", get_partitions_status, Right.READ, since=_SINCE),
    Route("GET", f"{_Q}/last-rules-result", get_last_results, Right.READ, since=_SINCE),
    Route("GET", f"{_Q}/rules-history", get_history, Right.READ, since=_SINCE),
    Route("DELETE", _Q + "/history/{partition}", delete_history, Right.WRITE, since=_SINCE),
    Route("POST", f"{_D}/actions/runChecks", run_checks, Right.WRITE),
)
