"""Who answers what: a handler by the first segment of the path, everything else is a file of out/."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

from aggregator.serve.files import file_answer
from aggregator.serve.messages import Request, Response

Handler = Callable[[Request], Response]
ErrorPage = Callable[[int, str], bytes]
"""The page for a status; the second is what leads from there to the front page, '' or '../' or '../../' ..."""

SECURITY = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "interest-cohort=()",
}
"""On every answer. No script runs, nothing is framed, nothing is guessed, and no source learns who follows a link."""

MAILS = "digest"
POLICY_OF_MAILS = SECURITY["content-security-policy"].replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""The newsletter's web copies carry their style as mails must: on the elements."""


def first_segment(path: str) -> str:
    return unquote(path.split("/", 2)[1]) if "/" in path else ""


@dataclass(frozen=True, slots=True)
class Front:
    """What is served: the files under `out`, and the `handlers`, each by the first segment of the paths it answers."""

    out: Path
    handlers: Mapping[str, Handler]
    error_page: ErrorPage

    def answer(self, request: Request) -> Response:
        """The answer to a request; an answer that fails without a page of its own gets one."""
        segment = first_segment(request.path)
        handler = self.handlers.get(segment)
        if handler is not None:
            return self.finished(handler(request), request.path)
        if request.method != "GET":
            return self.finished(Response(405, {"allow": "GET, HEAD"}), request.path)
        answer = file_answer(self.out, request)
        if segment == MAILS:
            answer = replace(answer, headers={"content-security-policy": POLICY_OF_MAILS, **answer.headers})
        return self.finished(answer, request.path)

    def logged(self, path: str) -> str:
        """`path` as a log may hold it: what follows the name of a handler is as good as a reader's key."""
        segment = first_segment(path)
        return f"/{segment}/..." if segment in self.handlers else path

    def failure(self, status: int, path: str = "/") -> Response:
        """The page that says what is wrong."""
        return self.finished(Response(status), path)

    def finished(self, response: Response, path: str) -> Response:
        """With the security headers that it does not state itself, and with a page where it has no body."""
        headers = SECURITY | dict(response.headers)
        body = response.body
        if response.status >= HTTPStatus.BAD_REQUEST and body == b"":
            body = self.error_page(response.status, "../" * (path.count("/") - 1))
            headers |= {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}
        return Response(response.status, headers, body)
