# Everything sets itself up: a bare Debian or Ubuntu machine with Python 3.11+ needs nothing else typed.
.DEFAULT_GOAL := help
.PHONY: help demo samples test run check audit format bench chaos clean lock
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
INPUTS := pyproject.toml requirements.lock requirements-core.lock deploy/setup.sh

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

demo: $(VENV)/.demo  ## narrate the sample posts with the embedded voice into ./demo-site
	@$(BIN)/python -m narrate.samples.demo

samples: $(VENV)/.demo  ## a page with a sample of every voice that can speak here, in ./voice-samples
	@$(BIN)/python -m narrate.samples.voices

test: $(VENV)/.dev  ## every test
	$(PYTEST) -n 2 --dist loadgroup tests

run: $(VENV)/.demo  ## start the service: web pages and worker
	$(BIN)/narrate run

check: $(VENV)/.dev  ## format, lint, types, licences, fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tests.licences
	$(PYTEST) -q -n 2 -m "not slow and not browser" tests

audit: $(VENV)/.dev  ## known weaknesses of what is pinned, asked of the package index; licences
	$(BIN)/python -m tests.licences
	$(BIN)/uv tool run pip-audit --disable-pip --require-hashes --requirement requirements.lock

format: $(VENV)/.dev  ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

chaos: $(VENV)/.dev  ## kill everything that can be killed, at random and often, here and on a cluster; cut the network
	$(BIN)/python -m tests.chaos
	CHAOS_KILLS=20 $(PYTEST) -n 0 -s tests/chaos/test_on_a_cluster.py
	$(BIN)/python -m tests.chaos.cut_off

bench: $(VENV)/.dev  ## the speed and memory figures of docs/performance.md
	$(BIN)/narrate bench

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --strip-extras
lock:  ## pin every dependency again: requirements.lock for developers, requirements-core.lock for users
	$(LOCK) --extra demo --extra dev pyproject.toml -o requirements.lock
	$(LOCK) --extra demo --constraint requirements.lock pyproject.toml -o requirements-core.lock

clean:  ## drop the environment and everything the demo made
	rm -rf $(VENV) demo-site demo-data voice-samples

$(VENV)/.demo: $(INPUTS)
	@bash deploy/setup.sh demo

$(VENV)/.dev: $(INPUTS) requirements-neural.txt
	@bash deploy/setup.sh dev
