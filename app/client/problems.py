"""Problems in the service's responses, as errors."""

from contextlib import suppress
from typing import Final

import httpx
from pydantic import ValidationError
from pydantic_core import from_json

from ..schemas.problem import DivergedProblem, Problem

UNAVAILABLE: Final = frozenset({429, 502, 503, 504})
"""Statuses of responses to requests that may succeed later."""

_PROBLEM: Final = "application/problem+json"
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 8.0
_LONGEST_RETRY_AFTER: Final = 60.0
"""A client waits no longer than this many seconds, as it would for a rate limit of 1 hour."""


class ProblemError(Exception):
    """The service refused a request, or failed.

    Attributes
    ----------
    status
        The HTTP status.
    problem
        The problem in the response, a `DivergedProblem` where training diverged. Members that this version does not
        know are in its `model_extra`; members that are missing have their defaults, as a proxy's problems may have
        few. None if the response is no problem, such as a proxy's HTML page.
    retry_after
        Seconds after which the service asks to try again, or None.
    """

    def __init__(self, status: int, problem: Problem | None, text: str, retry_after: float | None = None) -> None:
        message = problem and (problem.detail or problem.title)
        super().__init__(message or f"{status}: {text[:200]}")
        self.status = status
        self.problem = problem
        self.retry_after = retry_after

    def wait(self, failures: int, retries: int) -> float:
        """Return the seconds to wait before the request is repeated; raise this error if it is not to be.

        Parameters
        ----------
        failures, retries
            How often the request has been repeated in vain, and how often it is at most.
        """
        seconds = self.retry_after
        if self.status not in UNAVAILABLE or failures >= retries or seconds is None or seconds > _LONGEST_RETRY_AFTER:
            raise self
        return max(seconds, backoff(failures))


def backoff(failures: int) -> float:
    """Return the seconds to wait after the first failure (0), the second (1) and so on."""
    return float(min(_LONGEST_WAIT, _FIRST_WAIT * 2**failures))


def problem_error(response: httpx.Response) -> ProblemError:
    """Return the error of a response that has been read."""
    status, content = response.status_code, response.content
    is_problem = response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == _PROBLEM
    problem = problem_of(content, status) if is_problem else None
    given = response.headers.get("Retry-After", "")  # or a date, which the service never sends
    return ProblemError(status, problem, response.text, float(given) if given.isdecimal() else None)


def problem_of(content: bytes | str, status: int) -> Problem | None:
    """Return the problem that `content` is, or None if it is not even a JSON object.

    Any member may be missing, and a member of another type than RFC 9457 says is ignored, as it asks for.
    """
    with suppress(ValidationError):
        return DivergedProblem.model_validate_json(content, extra="allow")
    try:
        members = from_json(content)
    except ValueError:
        return None
    if not isinstance(members, dict):
        return None
    members = {"status": status} | members
    try:
        return Problem.model_validate(members)
    except ValidationError as error:
        wrong = {details["loc"][0] for details in error.errors()}
        return Problem.model_validate({name: value for name, value in members.items() if name not in wrong})
