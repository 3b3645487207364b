"""`aggregator serve`: joins the front that answers over HTTP with what it answers.

To answer under an address of your own, write a function from Request to Response (aggregator/serve/messages.py) in
the module that knows the matter, and name it in `handlers` by the first segment of its paths.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aggregator.serve import Front, Handler, Request, Response
from aggregator.settings import Settings
from aggregator.templating import TemplateMistakeError

if TYPE_CHECKING:
    import socket


def handlers(settings: Settings) -> dict[str, Handler]:
    """Who answers instead of a file, by the first segment of the path: `/NAME` and all below it."""
    from aggregator.leaving import handlers as of_readers

    return {"metrics": metrics(settings), **of_readers(settings)}


def metrics(settings: Settings) -> Handler:
    """Answers with the figures of the publication, as Prometheus asks for them."""

    def answer(request: Request) -> Response:
        from aggregator.figures import figures_of, prometheus

        text = prometheus(figures_of(settings, datetime.now(UTC)))
        kind = "text/plain; version=0.0.4; charset=utf-8"
        return Response(200, {"content-type": kind, "cache-control": "no-store"}, text.encode())

    return answer


def front(settings: Settings) -> Front:
    """All that is served: out/, the handlers, and pages that say what is wrong in the publication's language."""
    from aggregator.publish.errors import error_page

    def page(status: int, root: str) -> bytes:
        try:
            return error_page(settings.publication, settings.folder, status, root)
        except TemplateMistakeError as error:  # it was edited since
            print(f"aggregator: {error}", file=sys.stderr)  # noqa: T201
            return f'<!DOCTYPE html>\n<html lang="en">\n<title>{status}</title>\n<p>{status}</p>\n</html>\n'.encode()

    error_page(settings.publication, settings.folder, 404, "")  # a template that cannot be rendered says so now
    return Front(settings.out, handlers(settings), page)


def serve(
    settings: Settings, host: str, port: int, announce: Callable[[str], None], log: Callable[[str], None] | None
) -> None:
    """Serve until told to stop. `announce` gets the address once it answers. Raises AddressError with a sentence."""
    from aggregator.serve.server import listening, run

    served = front(settings)
    with listening(host, port) as listener:
        announce(address_of(listener))
        run(served, listener, log)


def address_of(listener: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
