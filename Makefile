# The front doors. `make run`, `make test` and `make ui` need Python 3.11 to 3.13 and nothing else.
# What stands behind two number signs is what `make help` says.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_HOME := $(CURDIR)/var/demo
PORT ?= 3000
MONTHS ?= 2024-09..2025-10
RESULTS := var/bench/results.json
# Each file that is received or released waits for the disk. Tests write to memory where 8 GB are free.
MEMORY := $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 8000000 {print "/dev/shm"}')
PYTEST := $(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/python -m pytest

.PHONY: run ui install test test-fast soak bench bench-long bench-page lint lock clean help

# Two releases, so that there is a restatement and something to compare; all of them cost minutes.
run: $(VENV)/installed ## invented deliveries of MONTHS, received; the last two months released
	LASP_HOME=$(DEMO_HOME) $(BIN)/lasp demo --months $(MONTHS)
	@last=$$($(BIN)/python -c 'import sys; from orchestration.months import parse_months; \
	  last = parse_months(sys.argv[1])[-2:]; print(last[0], last[-1], sep="..")' $(MONTHS)) && \
	  set -x && LASP_HOME=$(DEMO_HOME) $(BIN)/lasp run --months $$last
	@echo
	@echo "To look at it:          make ui"
	@echo "To use \`lasp\` on it:   export LASP_HOME=$(DEMO_HOME) PATH=$(CURDIR)/$(BIN):\$$PATH"
	@echo "To read on:             README.md"

ui: $(VENV)/installed ## the Dagster UI over what `make run` made, to look and to try
	LASP_HOME=$(DEMO_HOME) $(BIN)/lasp ui --operate --port $(PORT)

install: $(VENV)/installed ## what requirements.lock pins, into .venv

test: $(VENV)/installed lint ## what the software promises
	$(PYTEST)

# For use between commits: what takes seconds. A module that builds dbt models, judges a candidate,
# reads the official files or runs a month is left out by what it uses (tests/conftest.py). The
# slowest are named at the end: what takes long in another way gets `pytestmark = pytest.mark.slow`.
test-fast: $(VENV)/installed ## what takes seconds, for use between commits
	$(PYTEST) -m 'not soak and not slow' --durations=5

# The long campaigns: a run killed at forty moments, the same bytes on another machine, two editions
# side by side, every official file from the inbox to a release, a year of public releases attacked.
soak: $(VENV)/installed ## long campaigns: kills, equal bytes elsewhere, every official file to a release
	$(PYTEST) -m soak

# Whole processes, each round with its own floor: CPU seconds alone say as much of the machine as of
# the code. Sizes are options of tests/bench, such as BENCH="--series 1:6,45 --first 2023-01".
bench: $(VENV)/installed ## what a month costs, as ratios of one sitting; about ten minutes
	$(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/python -m tests.bench $(RESULTS) --on $$(date +%F) $(BENCH)

bench-long: ## the same on long histories, of five areas, of all official files; hours
	$(MAKE) bench BENCH="--first 2023-01 --series 1:6,13,45 2:11 5:11 --only months receiving run official test $(if $(OFFICIAL),--official $(OFFICIAL))"

bench-page: $(VENV)/installed ## what was measured last, into docs/performance.md
	$(BIN)/python -m tests.bench.table $(RESULTS)

lint: $(VENV)/installed ## the forms of Python and SQL, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 dbt_project

# The stamp is newer than the lock only after a whole installation, so a second call does nothing.
$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Python 3.11, 3.12 or 3.13 is needed; call make PYTHON=python3.12")'
	@echo "Installing what requirements.lock pins into $(VENV): two to five minutes, once."
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Needs the `uv` command. No index address is written, hashes are.
lock: ## requirements.lock anew
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-emit-package pip -o requirements.lock

clean: ## remove .venv and var, the demonstration
	rm -rf $(VENV) var

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
