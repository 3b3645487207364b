"""Beyond one machine: what is due becomes jobs in PostgreSQL, and any number of workers does them.

No second pipeline: a job calls what `aggregator run` calls. Procrastinate and psycopg are imported here and in
store/postgres*.py only, and only by a worker.
"""
