"""What the queue of a fleet holds. Its tables are Procrastinate's, in the publication's schema; on one machine none."""

from __future__ import annotations

from aggregator.store.database import Store

JOBS = "SELECT task_name, status, COUNT(*) AS jobs FROM procrastinate_jobs GROUP BY task_name, status"
ALIVE = "SELECT COUNT(*) AS workers FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'"


def jobs_by_state(store: Store) -> dict[tuple[str, str], int]:
    """How many jobs there are, by task and state: todo, doing, failed."""
    if not store.shared or not store.has_table("procrastinate_jobs"):
        return {}
    return {(row["task_name"].rpartition(":")[2], row["status"]): row["jobs"] for row in store.rows(JOBS)}


def workers_alive(store: Store) -> int:
    """How many workers showed that they live within the last minute."""
    if not store.shared or not store.has_table("procrastinate_workers"):
        return 0
    row = store.row(ALIVE)
    return int(row["workers"]) if row else 0
