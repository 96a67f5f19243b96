# Everything a person or a machine does with a checkout. `make help` lists it.
# Needs Python 3.11 or newer, make and git; fetches the rest into .venv, .cache and web/node_modules.

PORT ?= 8000
DATA ?= ./data
# How many tests run at once.
JOBS ?= 2
# The chaos campaign: kills on each database, what it is rerun by, and sqlite, postgres or both.
KILLS ?= 500
SEED ?= 1
DATABASE ?= both
# The benchmarks: how many tickets the lists have, how many turns the soak takes.
ROWS ?= 1000,100000
TURNS ?= 20000

OWN_UV := .cache/bin/uv
UV ?= $(or $(shell command -v uv),$(OWN_UV))
BIN := .venv/bin
# The name changes with the content, so a checkout of another version installs anew.
INSTALLED := .venv/.installed-$(shell cat requirements.lock pyproject.toml | cksum | tr -s ' ' -)
COMPILE := $(UV) --no-config pip compile --quiet --universal --generate-hashes \
	--python-version 3.11 --override tools/overrides.txt --custom-compile-command "make lock"

# uv must use a Python that is there, not download one from wherever.
export UV_PYTHON_DOWNLOADS := never
# Compiled modules are kept, whatever the machine's habit: compiling them anew is half of a start,
# and the tests start a few hundred processes.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.PHONY: help demo install web test chaos bench check format lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: web ## Start the demo shop on http://127.0.0.1:PORT with its files in DATA
	@$(BIN)/aftercare demo --port $(PORT) --data $(DATA)

install: $(INSTALLED) ## Install the locked Python packages into .venv

web: $(INSTALLED) ## Build the desk and the widget, if they changed
	@$(BIN)/python -m tools.build_web build

test: web ## Run all tests, on SQLite, Postgres, Redis and a browser
	@$(BIN)/python -m tools.chromium
	$(BIN)/python -m tools.build_web test
	$(BIN)/pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

chaos: $(INSTALLED) ## Kill, cut and crash it under load, then check; KILLS= SEED= DATABASE=
	@$(BIN)/python -m tests.chaos --kills $(KILLS) --seed $(SEED) --database $(DATABASE)

bench: $(INSTALLED) ## Measure turns, their parts, push, callbacks, lists and a soak; about twenty minutes
	$(BIN)/python -m bench.turns
	$(BIN)/python -m bench.parts
	$(BIN)/python -m bench.push
	$(BIN)/python -m bench.callbacks
	$(BIN)/python -m bench.lists --rows $(ROWS)
	$(BIN)/python -m bench.soak --turns $(TURNS)

check: $(INSTALLED) ## Check style, types, imports and completeness
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports
	$(BIN)/python -m templates_i18n.check
	$(BIN)/python -m tools.build_web check

format: $(INSTALLED) ## Format the Python code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(filter $(OWN_UV),$(UV)) ## Renew the lock files; UPGRADE=--upgrade takes newer versions
	echo 'uv==$(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' tools/uv-requirements.lock)' \
		| $(COMPILE) --no-annotate - --output-file tools/uv-requirements.lock
	$(COMPILE) $(UPGRADE) pyproject.toml --group dev --output-file requirements.lock
	$(COMPILE) pyproject.toml --constraints requirements.lock \
		--output-file requirements-runtime.lock

clean: ## Remove what was installed or built; keep the shop's data
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf web/node_modules web/dist

$(INSTALLED): $(filter $(OWN_UV),$(UV))
	@$(BIN)/python -c pass 2>/dev/null || rm -rf .venv
	@test -d .venv || $(UV) venv --quiet --python '>=3.11,<3.14' .venv 2>/dev/null \
		|| $(UV) venv --quiet --python '>=3.11' .venv \
		|| { echo 'Aftercare needs Python 3.11 or newer on PATH.' >&2; exit 1; }
	@echo 'Installing Python packages'
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@rm -f .venv/.installed-*
	@touch $@

$(OWN_UV):
	@echo 'Fetching uv'
	@python3 tools/bootstrap_uv.py $@
