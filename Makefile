# `make run` and `make test` are all a new machine needs; both install what is missing first.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
EMULATOR = tests/cosmos/node_modules/.installed
TESTS ?=

.PHONY: install run func demo test test-cosmos check format

install: $(VENV)/.installed

$(VENV)/.installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt --group dev
	@touch $@

run: install
	$(BIN)/python -m local serve

func: install
	$(BIN)/python -m local func

demo: install
	$(BIN)/python -m local demo

test: install $(EMULATOR)
	$(BIN)/python -m pytest -n auto --dist worksteal -rs $(TESTS)

# Whole platforms on Cosmos DB, as it should be and as it is on a bad day.
test-cosmos:
	LANDFALL_TEST_STORE=cosmos $(MAKE) test TESTS=tests/end_to_end
	LANDFALL_TEST_STORE=troubled-cosmos $(MAKE) test TESTS=tests/end_to_end

# The emulator of Cosmos DB needs Node. Without it, what runs on it is skipped and says so.
$(EMULATOR): tests/cosmos/package-lock.json
	@if command -v npm > /dev/null; then npm ci --prefix tests/cosmos --no-audit --no-fund --loglevel=error; touch $@; fi

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
