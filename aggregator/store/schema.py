"""The tables, and how an older store becomes a newer one: forward only, one step at a time.

Plain SQL that SQLite and PostgreSQL both speak. Times are RFC 3339 text: `date_utc` in UTC, so that it sorts, the
others as they were stated. Lists are JSON. `/*clustered*/` marks tables that are best kept in the order of their key,
`/*whole*/` an index that only tells where a value stands, however long.
"""

from __future__ import annotations

from aggregator.store.database import Store, StoreError

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE source (
            name TEXT PRIMARY KEY, resolved_url TEXT, resolved_kind TEXT, title TEXT NOT NULL DEFAULT '',
            link TEXT NOT NULL DEFAULT '', feed_url TEXT NOT NULL DEFAULT '', feed_id TEXT NOT NULL DEFAULT '',
            kind TEXT NOT NULL DEFAULT '', format TEXT NOT NULL DEFAULT '', icon TEXT, rights TEXT,
            authors TEXT NOT NULL DEFAULT '[]', language TEXT, updated TEXT,
            state TEXT NOT NULL DEFAULT 'ok', since TEXT, sentence TEXT NOT NULL DEFAULT '',
            last_checked TEXT, next_check TEXT, failures INTEGER NOT NULL DEFAULT 0,
            response_seconds REAL, post_count INTEGER NOT NULL DEFAULT 0, newest TEXT)""",
        """CREATE TABLE resource (
            source TEXT NOT NULL, url TEXT NOT NULL, etag TEXT, last_modified TEXT,
            body_hash TEXT NOT NULL DEFAULT '', stored_at TEXT NOT NULL, PRIMARY KEY (source, url))""",
        """CREATE TABLE set_aside (
            source TEXT NOT NULL, link TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL,
            PRIMARY KEY (source, link))""",
        # The long columns come last, so that reading the others does not go through them.
        """CREATE TABLE post (
            id TEXT PRIMARY KEY, source TEXT NOT NULL, post_key TEXT NOT NULL, raw_id TEXT, link TEXT NOT NULL,
            title TEXT NOT NULL, authors TEXT NOT NULL, published TEXT, updated TEXT, excerpt TEXT NOT NULL,
            whole INTEGER NOT NULL, language TEXT NOT NULL,
            tags TEXT NOT NULL, image TEXT, enclosures TEXT NOT NULL, comments TEXT, rights TEXT, canonical TEXT,
            via TEXT NOT NULL, credits TEXT NOT NULL, reading_minutes INTEGER NOT NULL, position INTEGER NOT NULL,
            remarks TEXT NOT NULL, first_seen TEXT NOT NULL, date TEXT NOT NULL, date_utc TEXT NOT NULL,
            dated_by TEXT NOT NULL, revised TEXT, raw_hash TEXT NOT NULL, content_hash TEXT NOT NULL,
            text_hash TEXT NOT NULL, copy_of TEXT, copy_reason TEXT, held TEXT, entry_id TEXT,
            content TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (source, post_key))""",
        """CREATE INDEX post_by_date ON post (date_utc DESC, source, position, id)
            WHERE copy_of IS NULL AND held IS NULL""",
        "CREATE INDEX post_by_original ON post (copy_of) WHERE copy_of IS NOT NULL",
        "CREATE INDEX post_by_link ON post (link)",
        "CREATE INDEX post_by_source ON post (source, date_utc)",
        "CREATE INDEX post_by_first_sight ON post (first_seen)",
        # No two posts are ever published under one id.
        "CREATE UNIQUE INDEX post_by_entry_id ON post (entry_id) WHERE entry_id IS NOT NULL",
        """CREATE TABLE post_alias (
            source TEXT NOT NULL, post_key TEXT NOT NULL, post TEXT NOT NULL,
            PRIMARY KEY (source, post_key)) /*clustered*/""",
        """CREATE TABLE post_address (
            address TEXT NOT NULL, post TEXT NOT NULL, PRIMARY KEY (address, post)) /*clustered*/""",
        # `sketch` says which rows of `fingerprint` and `post_address` belong to a post, and whether the former wait.
        """CREATE TABLE fingerprint (
            hash BIGINT NOT NULL, reference BIGINT NOT NULL, PRIMARY KEY (hash, reference)) /*clustered*/""",
        """CREATE TABLE sketch (
            post TEXT PRIMARY KEY, hashes TEXT NOT NULL, addresses TEXT NOT NULL, waiting INTEGER NOT NULL)""",
        "CREATE INDEX sketch_waiting ON sketch (waiting) WHERE waiting = 1",
        """CREATE TABLE decision (
            source TEXT NOT NULL, post TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL,
            PRIMARY KEY (source, at, post, kind)) /*clustered*/""",
        """CREATE TABLE issue (
            name TEXT PRIMARY KEY, state TEXT NOT NULL, number INTEGER NOT NULL, start_at TEXT NOT NULL,
            end_at TEXT NOT NULL, hash TEXT NOT NULL, frozen TEXT NOT NULL, built_at TEXT NOT NULL,
            changed_at TEXT NOT NULL, sentence TEXT NOT NULL DEFAULT '', addressed_at TEXT)""",
        # The promise as a constraint: a post is in at most one issue. Dropping an issue deletes its rows.
        """CREATE TABLE issue_item (
            issue TEXT NOT NULL REFERENCES issue (name), post TEXT NOT NULL UNIQUE, place INTEGER NOT NULL,
            PRIMARY KEY (issue, post))""",
        """CREATE TABLE issue_left_out (
            issue TEXT NOT NULL REFERENCES issue (name), post TEXT NOT NULL, reason TEXT NOT NULL,
            PRIMARY KEY (issue, post))""",
        "CREATE INDEX issue_left_out_by_post ON issue_left_out (post)",
        """CREATE TABLE subscriber (
            identity TEXT PRIMARY KEY, address TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', state TEXT NOT NULL,
            consent TEXT NOT NULL DEFAULT '', added_at TEXT NOT NULL, changed_at TEXT NOT NULL)""",
        "CREATE TABLE suppression (identity TEXT PRIMARY KEY, reason TEXT NOT NULL, at TEXT NOT NULL)",
        """CREATE TABLE outbox (
            issue TEXT NOT NULL REFERENCES issue (name), identity TEXT NOT NULL, address TEXT NOT NULL,
            name TEXT NOT NULL, message_id TEXT NOT NULL, state TEXT NOT NULL, reply TEXT NOT NULL DEFAULT '',
            tries INTEGER NOT NULL DEFAULT 0, retry_at TEXT, changed_at TEXT NOT NULL,
            PRIMARY KEY (issue, identity))""",
        "CREATE INDEX outbox_by_state ON outbox (issue, state, identity)",
    ),
    (
        "ALTER TABLE source ADD COLUMN moved_to TEXT",
        "ALTER TABLE source ADD COLUMN moved_since TEXT",
        "ALTER TABLE source ADD COLUMN rhythm REAL",
        "ALTER TABLE source ADD COLUMN configured_url TEXT",
    ),
    ("ALTER TABLE source ADD COLUMN newsletter_from TEXT",),
    (
        # What changed and is not published yet, what is published, and what the hub is still to be told.
        """CREATE TABLE unpublished (
            day TEXT NOT NULL, source TEXT NOT NULL, times INTEGER NOT NULL,
            PRIMARY KEY (day, source)) /*clustered*/""",
        """CREATE TABLE published_file (
            path TEXT PRIMARY KEY, file_key TEXT NOT NULL, digest TEXT NOT NULL, stamp TEXT NOT NULL)""",
        "CREATE TABLE withdrawal (post TEXT PRIMARY KEY, at TEXT NOT NULL)",
        """CREATE INDEX post_withdrawn ON post (date_utc)
            WHERE entry_id IS NOT NULL AND (copy_of IS NOT NULL OR held IS NOT NULL)""",
        "CREATE TABLE hub_news (topic TEXT PRIMARY KEY)",
    ),
    ("CREATE TABLE resting_host (host TEXT PRIMARY KEY, until TEXT NOT NULL)",),
    (
        # What telling new posts from known ones asks for, answered from the indexes alone.
        "ALTER TABLE sketch ADD COLUMN sample TEXT NOT NULL DEFAULT ''",
        "DROP INDEX post_by_source",
        "CREATE INDEX post_by_source ON post (source, date_utc, raw_hash)",
        "CREATE INDEX post_by_text ON post (source, text_hash) WHERE text_hash <> ''",
    ),
    (
        "ALTER TABLE post ADD COLUMN contributors TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE post ADD COLUMN external TEXT",
    ),
    (
        # A post that comes to light later than this is news, however old it says it is.
        "ALTER TABLE source ADD COLUMN newsletter_past_until TEXT",
        "ALTER TABLE issue_left_out ADD COLUMN for_good INTEGER NOT NULL DEFAULT 0",
        """CREATE TABLE issue_put_off (
            name TEXT PRIMARY KEY, sentence TEXT NOT NULL, final INTEGER NOT NULL, at TEXT NOT NULL)""",
    ),
    (
        # What the posts of a source are told apart by, where that is not its ids, and why not.
        "ALTER TABLE source ADD COLUMN told_by TEXT NOT NULL DEFAULT 'id'",
        "ALTER TABLE source ADD COLUMN told_by_reason TEXT NOT NULL DEFAULT ''",
    ),
    (
        "ALTER TABLE subscriber ADD COLUMN consent_at TEXT",
        # Mails that came back for good: one row for a reader and an issue, however often its bounce is read.
        """CREATE TABLE bounce (
            identity TEXT NOT NULL, issue TEXT NOT NULL, status TEXT NOT NULL, reply TEXT NOT NULL, at TEXT NOT NULL,
            PRIMARY KEY (identity, issue))""",
        "CREATE INDEX outbox_by_message_id ON outbox (message_id)",
        "CREATE INDEX outbox_by_identity ON outbox (identity)",
    ),
    (
        # Whether a source has posts held back, without reading those that are not.
        "CREATE INDEX post_held ON post (source, date_utc) WHERE held IS NOT NULL",
    ),
    ("CREATE TABLE link (token TEXT PRIMARY KEY, identity TEXT NOT NULL) /*clustered*/",),
    (
        # How the archive is divided, for good: YYYY-MM, or where a later part of a month begins, see publish/parts.py.
        "CREATE TABLE archive_part (name TEXT PRIMARY KEY)",
    ),
    (
        # The other keys of a few posts, without going through those of every post of their source.
        "CREATE INDEX post_alias_by_post ON post_alias (post)",
    ),
    (
        # Sketches by a short key, in bytes. The next run that reads posts fills them in: see sketches.py.
        "DROP TABLE sketch",
        "DELETE FROM fingerprint",
        """CREATE TABLE sketch (
            reference INTEGER PRIMARY KEY, hashes BLOB NOT NULL, addresses TEXT NOT NULL, waiting INTEGER NOT NULL)""",
        "CREATE INDEX sketch_waiting ON sketch (waiting) WHERE waiting = 1",
        """CREATE TABLE sample (
            reference INTEGER PRIMARY KEY, outline BLOB NOT NULL, checksums BLOB NOT NULL)""",
    ),
    (
        # What changed, by the minute and no longer by the day.
        "ALTER TABLE unpublished RENAME COLUMN day TO minute",
        """INSERT INTO unpublished (minute, source, times) SELECT DISTINCT substr(date_utc, 1, 16), post.source, 1
            FROM unpublished JOIN post ON post.source = unpublished.source
            AND substr(date_utc, 1, 10) = unpublished.minute WHERE LENGTH(unpublished.minute) = 10""",
        "DELETE FROM unpublished WHERE LENGTH(minute) = 10",
    ),
    (
        # The entries of a feed as it was read last: those whose bytes are the same are not read again.
        "CREATE TABLE imprint (source TEXT PRIMARY KEY, entries TEXT NOT NULL)",
    ),
    (
        # The same rows, behind one another as they come: INTEGER has SQLite keep them in the order of the references,
        # of which no two that come together are near, so that each row writes three pages, and not a half.
        "ALTER TABLE sketch RENAME TO sketch_before",
        """CREATE TABLE sketch (
            reference BIGINT PRIMARY KEY, hashes BLOB NOT NULL, addresses TEXT NOT NULL, waiting INTEGER NOT NULL)""",
        "INSERT INTO sketch SELECT reference, hashes, addresses, waiting FROM sketch_before",
        "DROP TABLE sketch_before",
        "CREATE INDEX sketch_waiting ON sketch (waiting) WHERE waiting = 1",
        "ALTER TABLE sample RENAME TO sample_before",
        """CREATE TABLE sample (
            reference BIGINT PRIMARY KEY, outline BLOB NOT NULL, checksums BLOB NOT NULL)""",
        "INSERT INTO sample SELECT reference, outline, checksums FROM sample_before",
        "DROP TABLE sample_before",
    ),
    ("ALTER TABLE source ADD COLUMN read_as TEXT",),
    ("ALTER TABLE issue ADD COLUMN left_out TEXT",),
    (
        # An address may be longer than PostgreSQL's indexes take, unless they know whole values only.
        "DROP INDEX post_by_link",
        "CREATE INDEX post_by_link ON post /*whole*/ (link)",
    ),
)


def upgrade(store: Store) -> None:
    """Bring the store to the newest version. Raises StoreError when it is newer than this program.

    A store that is up to date is only read, so that looking on never waits for a run that writes.
    """
    if version_of(store) == len(STEPS):
        return
    with store.transaction():
        store.write("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        version = version_of(store)
        if version > len(STEPS):
            raise StoreError(
                f"{store.place}: the store has version {version}, and this program knows {len(STEPS)}; "
                "use the newer program that made it"
            )
        from aggregator.store.queue import workers_alive

        if version < len(STEPS) and workers_alive(store):
            raise StoreError(
                f"{store.place}: workers of an older version are at work, and would write into tables that they do not"
                " know; stop them first (one that was killed counts as alive for a minute)"
            )
        for step in STEPS[version:]:
            for statement in step:
                store.define(statement)
        store.write(
            "INSERT INTO meta (name, value) VALUES ('version', ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (str(len(STEPS)),),
        )


def version_of(store: Store) -> int:
    """How many of STEPS the store has taken; 0 when it is empty."""
    if not store.has_table("meta"):
        return 0
    row = store.row("SELECT value FROM meta WHERE name = 'version'")
    return int(row["value"]) if row else 0
