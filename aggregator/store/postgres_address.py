"""Which server, which database, which publication: what an address says. Knows nothing of tables."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import blake2b
from socket import gethostname
from urllib.parse import parse_qsl, urlencode, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from aggregator.store.database import StoreError

PUBLICATION = "aggregator"
"""The schema of an address that names none."""
NAME = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
UNLESS_STATED: dict[str, str | int] = {
    "connect_timeout": 10, "client_encoding": "UTF8", "keepalives_idle": 15,
    "keepalives_interval": 5, "keepalives_count": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Address:
    conninfo: str
    """As libpq takes it."""
    publication: str
    """The schema that holds the tables."""
    place: str
    """For sentences: no password in it."""


def address_of(url: str) -> Address:
    """What `postgresql://[user@]host[:port]/database?publication=NAME` says. Raises StoreError when it says nothing.

    Every other parameter is libpq's (sslmode, service ...); the password comes from PGPASSWORD, ~/.pgpass or a service
    file, as everywhere.
    """
    parts = urlsplit(url)
    parameters = parse_qsl(parts.query, keep_blank_values=True)
    publication = dict(parameters).get("publication", PUBLICATION)
    if not NAME.fullmatch(publication) or publication == "information_schema":
        raise StoreError(
            f"publication={publication} cannot name a schema: use at most 63 of a-z, 0-9 and _, and begin with a letter"
        )
    rest = urlencode([(name, value) for name, value in parameters if name != "publication"])
    try:
        stated = conninfo_to_dict(f"postgresql://{parts.netloc}{parts.path}{'?' if rest else ''}{rest}")
    except psycopg.Error as error:
        raise StoreError(f"The store's address cannot be read: {' '.join(str(error).split())}") from None
    name = f"aggregator, process {os.getpid()} on {gethostname()}"[:63]
    conninfo = make_conninfo("", **({"application_name": name} | UNLESS_STATED | stated))
    shown = {name: stated[name] for name in ("user", "host", "port", "dbname", "service") if stated.get(name)}
    user = f"{shown['user']}@" if "user" in shown else ""
    port = f":{shown['port']}" if "port" in shown else ""
    place = f"postgresql://{user}{shown.get('host', '')}{port}/{shown.get('dbname', '')} (publication {publication})"
    return Address(conninfo, publication, place)


def key_of(*parts: str) -> int:
    """A number for an advisory lock, the same for the same parts on every machine."""
    return int.from_bytes(blake2b("\n".join(parts).encode(), digest_size=8).digest(), "big", signed=True)
