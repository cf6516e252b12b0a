"""Problems in the service's responses, as errors."""

from contextlib import suppress
from typing import Final

import httpx
from pydantic import ValidationError
from pydantic_core import from_json

from ..schemas.diverged import DivergedProblem
from ..schemas.problem import Problem

_PROBLEM: Final = "application/problem+json"


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
    """

    def __init__(self, status: int, problem: Problem | None, text: str) -> None:
        message = problem and (problem.detail or problem.title)
        super().__init__(message or f"{status}: {text[:200]}")
        self.status = status
        self.problem = problem


def problem_error(response: httpx.Response) -> ProblemError:
    """Return the error of a response that has been read."""
    status, content = response.status_code, response.content
    is_problem = response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == _PROBLEM
    return ProblemError(status, problem_of(content, status) if is_problem else None, response.text)


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
