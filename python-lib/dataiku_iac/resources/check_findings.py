"""What is wrong with checks and metrics that their schema cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from dataiku_iac.core.canonical import Json, is_list, is_object
from dataiku_iac.core.problem import Problem, Severity
from dataiku_iac.resources.check_forms import CHECK_WORDS, KNOWN_KEYS
from dataiku_iac.resources.exact_forms import unwrapped
from dataiku_iac.resources.metric_forms import METRIC_WORDS

__all__ = ["word_problems", "wrong_checks", "wrong_metrics"]


def wrong_checks(checks: Json, address: str, where: str) -> Iterator[Problem]:
    """Yield the entries of a list of checks that are neither a form of the language nor DSS's."""
    yield from word_problems(checks, CHECK_WORDS, KNOWN_KEYS, address, where)


def wrong_metrics(metrics: Json, address: str, where: str) -> Iterator[Problem]:
    """Yield the probes that are neither a form of the language nor DSS's."""
    probes = metrics.get("probes") if is_object(metrics) else metrics
    yield from word_problems(probes, METRIC_WORDS, ("compute", "name", "enabled", "code_env", "type"), address, where)


def word_problems(
    entries: Json, words: Sequence[str], others: Sequence[str], address: str, where: str
) -> Iterator[Problem]:
    """Yield entries without exactly one of ``words`` or a ``type``; ``others`` may stand beside."""
    for i, entry in enumerate(entries if is_list(entries) else ()):
        if not is_object(entry) or unwrapped(entry) is not None:
            continue
        found = [word for word in words if word in entry]
        if len(found) + ("type" in entry) == 1:
            continue
        if found:
            both = [*found, "type"] if "type" in entry else found
            yield _problem(
                "two-forms",
                "one entry says two things",
                f"{where}[{i}] has {' and '.join(both)}",
                address,
                "write an entry for each",
            )
            continue
        odd = [key for key in entry if key not in others]
        near = [match for key in odd for match in get_close_matches(key, words, n=1)]
        yield _problem(
            "unknown-form",
            "this entry is none of the forms that are known here",
            f"{where}[{i}] has {', '.join(map(str, entry)) or 'nothing'}",
            address,
            f'did you mean "{near[0]}"?' if near else f"write one of {', '.join(words)}, or type: and DSS's own keys",
        )


def _problem(code: str, summary: str, detail: str, address: str, suggestion: str) -> Problem:
    return Problem(Severity.ERROR, code, summary, detail, address=address, suggestion=suggestion)
