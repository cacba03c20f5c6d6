# Two commands matter: `make demo` shows the product at work, `make test` proves it. Both set everything up themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLDEST_CLIENT := 13.0.3
PYTEST := $(BIN)/python -m pytest -q
PARALLEL := -n 2 --dist loadfile

.DEFAULT_GOAL := quick
.PHONY: quick install demo test full up plugin format lint types unit schema kinds oldest-client bench clean

quick: install format lint types unit  ## format, lint, types, unit tests: seconds

install: $(VENV)/.installed  ## .venv with everything

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	@echo "Installing into $(VENV) (once; about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: install plugin  ## the whole story on emulated nodes: import, plan, apply, drift, kill, resume
	@$(BIN)/python -m tools.demo

test: install lint types  ## everything CI runs
	$(PYTEST) $(PARALLEL) tests
	@$(MAKE) --no-print-directory oldest-client

full: test bench demo  ## test, benchmarks, demo

up: install plugin  ## emulated nodes and an S3 server that keep running; prints URLs and keys
	@$(BIN)/python -m tools.up

plugin: install  ## dist/dss-plugin-dataiku-iac-<version>.zip
	@$(BIN)/python -m tools.build_plugin

format:
	@$(BIN)/ruff format -q .

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/lint-imports

types:
	$(BIN)/mypy

unit:
	$(PYTEST) tests/unit

schema: install  ## JSON Schema of the configuration, for editors
	@$(BIN)/python -m dataiku_iac.commands.language_schema resource/dataiku-iac.schema.json

kinds: install  ## docs/kinds.md from the registry
	@$(BIN)/python -m tools.kinds_page

bench: install  ## numbers of calls, growth, and a table of figures; IAC_BENCH=large adds 10,000 objects
	$(PYTEST) -s tests/bench
	$(BIN)/python -m tests.bench.figures

# The client library of the oldest supported DSS against the same emulated node: what it sends differs in places.
oldest-client: build/client-$(OLDEST_CLIENT)
	PYTHONPATH=build/client-$(OLDEST_CLIENT) $(PYTEST) $(PARALLEL) tests/conformance

build/client-$(OLDEST_CLIENT): | $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $@ dataiku-api-client==$(OLDEST_CLIENT)

clean:
	rm -rf build dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
