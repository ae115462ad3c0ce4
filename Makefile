# `make run` and `make test` are all a new machine needs; both install what is missing first.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/pip --quiet --disable-pip-version-check
NODE_PACKAGES = tests/cosmos/node_modules/.installed tests/clients/node_modules/.installed
TESTS ?=
# One more than there are cores: many tests wait for processes and servers.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
APP_PORT ?=
LOCAL_PORT ?=
# keys or roles: who may call the app is then checked on this machine too.
AUTH ?=
PORTS = $(if $(APP_PORT),--port $(APP_PORT)) $(if $(LOCAL_PORT),--local-port $(LOCAL_PORT))

.PHONY: install run func demo test test-cosmos check check-docs format lock picture tables

install: $(VENV)/.installed

# What it takes to run, and no more.
$(VENV)/.runs: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit("Landfall needs Python 3.11 or newer, and $(PYTHON) is %d.%d. Choose another: make PYTHON=python3.12" % (v[0], v[1]) if v < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade "pip>=25.1"
	$(PIP) install -r requirements.txt
	$(PIP) install --group local
	@touch $@

# What developers need besides.
$(VENV)/.installed: $(VENV)/.runs
	$(PIP) install --group dev
	@touch $@

run: $(VENV)/.runs
	$(BIN)/python -m local serve $(PORTS) $(if $(AUTH),--auth $(AUTH))

func: $(VENV)/.runs
	$(BIN)/python -m local func $(PORTS)

demo: $(VENV)/.runs
	$(BIN)/python -m local demo $(PORTS)

test: install $(NODE_PACKAGES)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -rs $(TESTS)

# Whole platforms on Cosmos DB, as it should be and as it is on a bad day.
test-cosmos:
	LANDFALL_TEST_STORE=cosmos $(MAKE) test TESTS=tests/end_to_end
	LANDFALL_TEST_STORE=troubled-cosmos $(MAKE) test TESTS=tests/end_to_end

# The emulator of Cosmos DB and the types of TypeScript need Node. Without it, what runs on them is skipped and says so.
tests/%/node_modules/.installed: tests/%/package-lock.json
	@if command -v npm > /dev/null; then npm ci --prefix tests/$* --no-audit --no-fund --loglevel=error; touch $@; fi

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

# Every link of the pages, and the commands of those that can be pasted.
check-docs: install
	$(BIN)/python -m pytest -q tests/test_documentation.py tests/end_to_end/test_pages.py

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The picture in the README, from the imports of the code.
picture: install
	$(BIN)/python scripts/architecture.py

# The table of routes and roles in docs/access.md, from what the app registers.
tables: install
	$(BIN)/python -m scripts.access_table

# The tree that Azure installs, from what pyproject.toml asks for. It keeps the versions that still fit; `make lock
# NEWER=--upgrade` takes the newest.
NEWER ?=
lock: install
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(NEWER) \
		--custom-compile-command "make lock" --output-file requirements.txt pyproject.toml
