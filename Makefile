# Every command a working copy needs; plain `make` prints the list. See CONTRIBUTING.md.

PYTHON ?= python3
VENV := .venv
SPARK_VENV := .venv-spark
# Further words for pytest and the benchmarks: make test ARGS="tests/domain -k ramp"
ARGS ?=

BIN := $(VENV)/bin
PIP_INSTALL := -m pip install -qq --disable-pip-version-check --no-input
FROM_LOCK := --require-hashes --no-deps -r
AGAIN := $(MAKE) --no-print-directory
PROJECT := --no-deps --no-build-isolation -e .
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet $(UPGRADE)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run serve example test test-spark test-postgresql check format format-check lint types imports bench lock clean

# An environment knows the directory it was made in. Moved or copied along, it would run the code of its old home.
define FORGET_IF_MOVED
if [ -e $(1)/.home ] && ! { [ -x $(1)/bin/python ] && [ "$$(cat $(1)/.home)" = '$(CURDIR)' ]; }; then rm $(1)/.home; fi
endef
$(shell $(call FORGET_IF_MOVED,$(VENV)); $(call FORGET_IF_MOVED,$(SPARK_VENV)))

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.assets ## serve a portfolio for both companies to try, and print who can sign in
	@export RAPPORT_DATA=rapport-demo; \
	if [ -e rapport-demo/.made ]; then \
	    echo 'The portfolio is in rapport-demo/; RAPPORT_DATA=rapport-demo $(BIN)/rapport password ADDRESS lets somebody in again.' >&2; \
	else \
	    rm -rf rapport-demo && $(BIN)/rapport seed && touch rapport-demo/.made; \
	fi && $(BIN)/rapport serve $(ARGS)

serve: $(VENV)/.assets ## serve the web application with your own data
	@$(BIN)/rapport serve $(ARGS)

example: $(VENV)/.run ## compute the example agreement and show its results
	@$(BIN)/rapport example

test: $(VENV)/.dev $(VENV)/.assets ## run the tests, except those that need Java
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

test-spark: ## run the tests that need Java and the full PySpark
	@if "$${JAVA_HOME:+$$JAVA_HOME/bin/}java" -version >/dev/null 2>&1; then \
	    $(AGAIN) $(SPARK_VENV)/.test && \
	    SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON='$(CURDIR)/$(SPARK_VENV)/bin/python' \
	        $(SPARK_VENV)/bin/python -m pytest -m spark_local $(ARGS); \
	elif [ -n "$$CI" ]; then \
	    echo 'test-spark: no Java found, and CI is set: the Spark tests may not be left out here.' >&2; exit 1; \
	else \
	    echo '*** SKIPPED: the Spark tests did not run, because no Java was found. Install Java 17 to run them. ***' >&2; \
	fi

test-postgresql: $(VENV)/.dev $(VENV)/.assets ## run the tests of the web application on a private PostgreSQL
	@$(BIN)/python tests/on_postgresql.py $(ARGS)

check: format-check lint types imports test-spark test-postgresql test ## everything a change must pass

format: $(VENV)/.dev ## format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

format-check: $(VENV)/.dev
	@$(BIN)/ruff format --check .

lint: $(VENV)/.dev ## look for mistakes
	@$(BIN)/ruff check .

types: $(VENV)/.dev ## check the types
	@$(BIN)/mypy

imports: $(VENV)/.dev ## check the layers
	@$(BIN)/lint-imports --no-logo

bench: $(VENV)/.dev $(SPARK_VENV)/.test ## measure speed and memory
	@$(BIN)/python -m bench $$(command -v java >/dev/null && echo --spark $(SPARK_VENV)/bin/python) $(ARGS)

lock: $(VENV)/.dev ## write the lock files anew; UPGRADE=--upgrade takes newer versions
	@$(LOCK) --group build -o requirements.lock
	@$(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	@$(LOCK:pyproject.toml=) --group node -o requirements-node.lock
	@$(LOCK) --group build --group test --extra spark -c requirements-dev.lock -o requirements-spark.lock

clean: ## remove the environments and everything that was generated
	@rm -rf $(VENV) $(SPARK_VENV) build dist spark-warehouse .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

%/.home:
	@command -v $(PYTHON) >/dev/null || { \
	    echo "Rapport needs Python 3.11 or newer, and there is no '$(PYTHON)' here." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Rapport needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	    echo "Name another one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "Python's venv module is incomplete here; on Debian and Ubuntu install the package python3-venv." >&2; exit 1; }
	@echo 'Preparing $* (once; a minute or two) ...' >&2
	@$(PYTHON) -m venv --clear $*
	@echo '$(CURDIR)' > $@

$(VENV)/.run: $(VENV)/.home requirements.lock pyproject.toml
	@$(BIN)/python $(PIP_INSTALL) $(FROM_LOCK) requirements.lock
	@$(BIN)/python $(PIP_INSTALL) $(PROJECT)
	@touch $@

$(VENV)/.assets: $(VENV)/.run src/rapport/kit/package-lock.json requirements-node.lock
	@command -v npm >/dev/null || $(BIN)/python $(PIP_INSTALL) $(FROM_LOCK) requirements-node.lock
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m rapport.kit.assets
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@$(BIN)/python $(PIP_INSTALL) $(FROM_LOCK) requirements-dev.lock
	@touch $@

# PySpark comes as source only: setuptools, which builds it, is in the first lock.
$(SPARK_VENV)/.test: $(SPARK_VENV)/.home requirements.lock requirements-spark.lock pyproject.toml
	@$(SPARK_VENV)/bin/python $(PIP_INSTALL) $(FROM_LOCK) requirements.lock
	@$(SPARK_VENV)/bin/python $(PIP_INSTALL) --use-pep517 --no-build-isolation $(FROM_LOCK) requirements-spark.lock
	@$(SPARK_VENV)/bin/python $(PIP_INSTALL) $(PROJECT)
	@touch $@
