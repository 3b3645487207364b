"""A small front for those without a web server: out/ over HTTP, and the few addresses that answer by a function."""

from __future__ import annotations

from aggregator.serve.front import Front, Handler
from aggregator.serve.messages import Request, Response, fields
from aggregator.serve.server import AddressError, run

__all__ = ["AddressError", "Front", "Handler", "Request", "Response", "fields", "run"]
