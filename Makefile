# Everything a developer runs. `make help` lists it.
#
# The environment is made on first use and kept up to date: one stamp per set of
# extras, redone when pyproject.toml or constraints.txt changes.

VENV ?= .venv
OLDEST_VENV ?= .venv-oldest
PYTHON ?= python3
SHELL := bash
PYTEST_ARGS ?=
BENCH_ARGS ?=
BASE ?= HEAD

# The oldest supported releases, installed together for `make test-oldest`.
OLDEST := "scikit-learn==1.6.*" "numpy==1.26.*" "scipy==1.11.*" "joblib==1.4.*"

# Held in every environment, also those that pip makes to build a package in.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_BUILD_CONSTRAINT := $(PIP_CONSTRAINT)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONPATH

BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt
STAMPS := $(VENV)/.stamp

.PHONY: help demo test test-all first-half second-half test-oldest check format bench \
  bench-compare bench-quality docs clean

help:  ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(STAMPS)-demo  ## BayesSearchCV against GridSearchCV and RandomizedSearchCV on real loans.
	$(BIN)/python examples/demo.py

test: $(STAMPS)-test  ## The tests, without the slow ones.
	$(call PYTEST,not slow)

test-all: $(STAMPS)-test  ## The tests, with the slow ones.
	$(call PYTEST,slow or not slow)

# Two processes, always of the same tests: one core is idle most of the time in one.
ifeq ($(PYTEST_ARGS),)
PYTEST = $(MAKE) --no-print-directory --jobs=2 first-half second-half MARK="$(1)"
else
PYTEST = $(BIN)/python -m pytest -m "$(1)" $(PYTEST_ARGS)
endif
FIRST_HALF := tests/estimators tests/evaluation

first-half second-half: %-half:
	set -o pipefail; $(BIN)/python -u -m pytest -m "$(MARK)" $(TESTS) | sed -u 's/^/$*: /'
first-half: TESTS := $(FIRST_HALF)
second-half: TESTS := $(addprefix --ignore=,$(FIRST_HALF))

test-oldest: $(OLDEST_VENV)/.stamp  ## The conformance tests on the oldest supported scikit-learn.
	$(OLDEST_VENV)/bin/python -m pytest tests/conformance $(PYTEST_ARGS)

check: $(STAMPS)-check  ## Style, types, layers, docstrings and spelling.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_docstrings.py
	$(BIN)/codespell

format: $(STAMPS)-check  ## Mend what ruff can mend.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(STAMPS)-bench  ## The benchmarks on this interpreter, saved in build/asv.
	$(BIN)/asv machine --yes --config asv_benchmarks/asv.conf.json > /dev/null
	$(BIN)/asv run --config asv_benchmarks/asv.conf.json --environment existing \
	  --set-commit-hash "$$(git rev-parse HEAD)" $(BENCH_ARGS)

bench-compare: $(STAMPS)-bench  ## This tree against BASE=<revision>; fails when one benchmark is 10 % slower.
	$(BIN)/python asv_benchmarks/compare.py $(BASE) $(BENCH_ARGS)

bench-quality: $(STAMPS)-bench  ## What is found, beside the peers: what the CSV lacks, then docs/benchmarks.md.
	$(BIN)/python -m asv_benchmarks.quality run $(BENCH_ARGS)
	$(BIN)/python -m asv_benchmarks.quality report

docs: $(STAMPS)-docs  ## The documentation, in build/docs.
	$(BIN)/sphinx-build -W --keep-going -q -d build/doctrees docs build/docs

clean:  ## Remove what was built; environments stay.
	rm -rf build dist docs/api/generated docs/gallery docs/sg_execution_times.rst *.egg-info .*_cache .hypothesis

# -- environments ------------------------------------------------------------

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "sksearch needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(STAMPS)-%: $(VENV)/bin/python pyproject.toml constraints.txt
	$(INSTALL) --editable ".[$(EXTRAS)]" $(GROUPS)
	@touch $@

$(STAMPS)-demo: EXTRAS := lightgbm,plot
$(STAMPS)-test: EXTRAS := test,torch,lightgbm,plot,dask,ray,progress,mlflow,wandb,tensorboard
$(STAMPS)-test: GROUPS := --group notebook
$(STAMPS)-check: EXTRAS := test
$(STAMPS)-check: GROUPS := --group check
$(STAMPS)-bench: EXTRAS := bench,lightgbm,torch
$(STAMPS)-docs: EXTRAS := docs

$(OLDEST_VENV)/.stamp: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(OLDEST_VENV)
	$(OLDEST_VENV)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(OLDEST_VENV)/bin/python -m pip install --quiet --constraint constraints.txt \
	  $(OLDEST) --editable ".[test]"
	@touch $@
