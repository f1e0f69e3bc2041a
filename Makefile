SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
INSTALLED := .venv/.installed
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
UV_VERSION := 0.13.9
ATHERIS_VERSION := 3.0.0
ATHERIS := build/fuzz/atheris/.installed-$(ATHERIS_VERSION)

# Tests that need more than Python: each marker is explained in pyproject.toml.
UNIT := not swarm and not browser and not redis and not influx and not prometheus

.PHONY: help
help:  ## show this list
	@awk 'BEGIN {FS = ":.*## "; print "Usage: make TARGET"} \
	  /^[a-z-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(INSTALLED)  ## a real 3-node Swarm under load (KEEP=1, SHORT=1, NODES=1, EMULATED=1)
	@$(if $(KEEP),KEEP=$(KEEP)) $(if $(SHORT),SHORT=$(SHORT)) $(if $(NODES),NODES=$(NODES)) $(if $(SIZE),SIZE=$(SIZE)) \
	  $(if $(EMULATED),EMULATED=$(EMULATED)) \
	  $(BIN)/python -m lab.demo

.PHONY: lab
lab: $(INSTALLED)  ## raise a Swarm to practise on (.venv/bin/skep lab down ends it)
	@$(BIN)/skep lab up

.PHONY: lab-deploy
lab-deploy: system $(INSTALLED)  ## the three stacks on five real nodes, from the Dockerfile to a dead leader
	@$(BIN)/python -m lab.deployed

.PHONY: check
check: static  ## format, lint, types, imports, bans, unit tests: seconds
	@$(BIN)/pytest -m "$(UNIT)"

.PHONY: test
test: system static  ## everything, on real engines: needs root, takes minutes
	@$(BIN)/pytest

.PHONY: conformance
conformance: $(INSTALLED)  ## other autoscalers' answers against ours (VECTORS=folder)
	@$(BIN)/python -m tests.conformance $(VECTORS)

.PHONY: chaos
chaos: system $(INSTALLED)  ## everything breaks at random (SECONDS=600, SEED=, TIMES=1): needs root
	@$(BIN)/python -m tests.faults --seconds $(or $(SECONDS),600) --times $(or $(TIMES),1) $(if $(SEED),--seed $(SEED))

.PHONY: fuzz
fuzz: $(ATHERIS)  ## each reader against bytes that nobody would write (SECONDS=60 each, TARGETS=)
	@PYTHONPATH=build/fuzz/atheris $(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) $(TARGETS)

.PHONY: bench
bench: system $(INSTALLED)  ## measure; prints a table, writes build/bench.json
	@$(BIN)/python -m tests.bench

.PHONY: shots
shots: system $(INSTALLED)  ## pictures of every page and command from a live lab, in build/shots: needs root
	@$(BIN)/python -m lab.shots

.PHONY: evaluate
evaluate: $(INSTALLED)  ## policies on recorded loads (TRACES=folder); writes docs/evaluation.md, build/evaluation.json
	@$(BIN)/python -m lab.evaluation $(or $(TRACES),lab/traces)

.PHONY: secrets
secrets:  ## make the passwords that a deployment still lacks
	@stacks/secrets

.PHONY: format
format: $(INSTALLED)  ## rewrite the code as ruff wants it
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

.PHONY: install
install: $(INSTALLED)  ## make .venv from requirements-dev.lock

.PHONY: lock
lock: build/uv/bin/uv  ## resolve pyproject.toml anew into both lock files
	@$(call lock,--group build --extra aws,requirements.lock)
	@$(call lock,--group dev --extra charts --extra aws,requirements-dev.lock)

.PHONY: clean
clean:  ## remove what was built and cached (.venv stays)
	@rm -rf build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# --- behind the list -------------------------------------------------------------------------------------------

.PHONY: static
static: $(INSTALLED)
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

.PHONY: system
system:  ## install the Debian packages that the tests need (as root)
	@.ci/system

$(INSTALLED): requirements-dev.lock pyproject.toml
	@$(BIN)/python -c '' 2>/dev/null || $$(.ci/python) -m venv --clear .venv
	@echo "Installing into .venv from requirements-dev.lock"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

build/uv/bin/uv:
	@$$(.ci/python) -m venv --clear build/uv
	@build/uv/bin/python -m pip --quiet --disable-pip-version-check install uv==$(UV_VERSION)

# Beside the environment and not in it: only this needs it, and it is made for a few kinds of machines and Pythons alone.
# Anew with each environment, whose Python may be another; no source is built, which takes a clang of its own.
$(ATHERIS): $(INSTALLED)
	@rm -rf $(@D)
	@$(PIP) install --only-binary :all: --target $(@D) atheris==$(ATHERIS_VERSION) || { \
	  echo "There is no atheris $(ATHERIS_VERSION) for $$($(BIN)/python -V) on $$(uname -sm), or no way to it:" \
	    "make fuzz needs Linux on x86_64 with Python 3.11, 3.12 or 3.13." >&2; exit 1; }
	@touch $@

# Pinned versions stay unless UPGRADE=1, because uv reads the file that it is about to write.
define lock
UV_CUSTOM_COMPILE_COMMAND="make lock" build/uv/bin/uv pip compile pyproject.toml $(1) --output-file $(2) \
  --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --quiet \
  $(if $(UPGRADE),--upgrade)
endef
