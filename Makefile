# Two commands serve a newcomer: `make run` and `make test`. Each sets up what it needs, once.
PYTHON ?= python3
BIN := .venv/bin
TOO_OLD := "Python 3.11 or later is needed. Where it has a name of its own, say for instance: make run PYTHON=python3.11"

.PHONY: run test test-postgresql check bench tools format lock clean

run: .venv/.run
	$(BIN)/aggregator run --verbose

# Bytecode of the tests is kept: three processes compile all of them else, each time.
test test-postgresql: export PYTHONDONTWRITEBYTECODE =

test: .venv/.dev
	$(BIN)/python -m pytest -n auto --dist loadgroup

# The journeys, kills, faults and years of `make test` once more, with their stores in PostgreSQL. Any test may be named.
ON_POSTGRESQL := tests/test_every_post_once.py tests/digest/test_digest_years.py tests/journeys/test_journey_killed_publishing.py
test-postgresql: .venv/.dev
	AGGREGATOR_TEST_ON=postgresql AGGREGATOR_HISTORIES=15 $(BIN)/python -m pytest -n auto --dist loadgroup $(ON_POSTGRESQL)

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.bench
	$(BIN)/python -m benchmarks

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Bytecode is compiled here, whatever PYTHONDONTWRITEBYTECODE says: start-up is two to three times slower without.
.venv/.run: requirements.txt pyproject.toml
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || \
	  { $(PYTHON) -c 'import sys; sys.exit($(TOO_OLD) if sys.version_info < (3, 11) else 0)' && $(PYTHON) -m venv --clear .venv; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m compileall -q .venv/lib aggregator || true
	touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m compileall -q .venv/lib || true
	touch $@

.venv/.bench: .venv/.dev requirements-bench.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bench.txt
	touch $@

# Checkers of pages and mails from the npm registry, for `aggregator digest check` and for tests, skipped without them.
tools: tools/node_modules/.installed

tools/node_modules/.installed: tools/package.json
	npm install --prefix tools --no-package-lock --no-audit --no-fund --loglevel=error
	touch $@

# Pins every version with its hashes, for all platforms and Pythons from 3.11; no index is named in the files.
lock: .venv/.dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 pyproject.toml requirements-build.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --all-extras pyproject.toml requirements-build.in -c requirements.txt -o requirements-dev.txt

# Not state/: who publishes from this folder keeps there what was published and mailed, which nothing makes again.
clean:
	rm -rf .venv tools/node_modules out .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
