# Everything a developer runs. `make setup` once; the others call it themselves.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ROUNDS ?= 50
MAPPING_ROUNDS ?= 1000
SECONDS ?= 60
SEED ?= $(shell date +%s)
SIM_SEEDS ?= 1000
SIM_FIRST ?= 1
PYTEST_FLAGS ?= -n 2 --dist loadfile -q

help:  ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 13

setup: $(STAMP)  ## make .venv with headwater and everything to test it
	@.ci/chromium

# The stamp lives in the environment: where that is gone or pyproject.toml changed, it is made anew.
$(STAMP): pyproject.toml
	@.ci/venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-input --progress-bar off \
	    --disable-pip-version-check --editable '.[dev]'
	@touch $@

test: $(STAMP)  ## run all tests
	$(BIN)/python -m pytest $(PYTEST_FLAGS) $(ARGS)

check: $(STAMP)  ## style, types, layers and tidiness, under a minute
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py tests/test_tidiness.py

demo: $(STAMP)  ## a shop, its orders and their mails, through a crash
	$(BIN)/headwater demo orders $(ARGS)

crash: $(STAMP)  ## kill a node while it writes, ROUNDS=50 times, and check what it kept
	CRASH_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest -q tests/durability $(ARGS)

regions: $(STAMP)  ## three regions with cut lines and killed nodes for SECONDS=60, from a new SEED
	REGIONS_SECONDS=$(SECONDS) REGIONS_SEED=$(SEED) REGIONS_ITEMS=100000 \
	    $(BIN)/python -m pytest -q tests/regions $(ARGS)

kinesis: $(STAMP)  ## deliver to moto's Kinesis, which gets an environment of its own
	@.ci/venv $(VENV)/moto
	@$(VENV)/moto/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
	    'moto[server]>=5'
	PATH="$$PATH:$(CURDIR)/$(VENV)/moto/bin" $(BIN)/python -m pytest -q tests/api/kinesis $(ARGS)

consumers: $(STAMP)  ## follow streams with bloop, dynamodb-streams-readable and the AWS CLI
	@.ci/venv $(VENV)/consumers
	@$(VENV)/consumers/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
	    bloop awscli
	@! command -v npm >/dev/null || npm install --silent --no-audit --no-fund --no-save \
	    --prefix $(VENV)/consumers/npm dynamodb-streams-readable @aws-sdk/client-dynamodb-streams
	CONSUMERS=$(VENV)/consumers $(BIN)/python -m pytest -q tests/real_consumers $(ARGS)

clients: $(STAMP)  ## the AWS CLI, aiobotocore, PynamoDB and JavaScript's SDK, a story each
	@.ci/venv $(VENV)/clients
	@$(VENV)/clients/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
	    awscli aiobotocore pynamodb
	@! command -v npm >/dev/null || npm install --silent --no-audit --no-fund --no-save \
	    --prefix $(VENV)/clients/npm @aws-sdk/client-dynamodb @aws-sdk/lib-dynamodb \
	    @aws-sdk/client-dynamodb-streams
	CLIENTS=$(VENV)/clients $(BIN)/python -m pytest -q tests/clients $(ARGS)

fuzz: $(STAMP)  ## SECONDS=60 of forged requests, then of texts for every parser, from a new SEED
	FUZZ_SECONDS=$(SECONDS) FUZZ_SEED=$(SEED) $(BIN)/python -m pytest -q tests/fuzz $(ARGS)

simulate: $(STAMP)  ## play SIM_SEEDS=1000 random histories from SIM_FIRST=1 on, and check each
	SIM_SEEDS=$(SIM_SEEDS) SIM_FIRST=$(SIM_FIRST) $(BIN)/python -m pytest -n 2 --dist load -q \
	    tests/simulation/test_simulation.py $(ARGS)

mappings: $(STAMP)  ## play MAPPING_ROUNDS=1000 stories of mappings: nothing lost, nothing twice
	MAPPING_ROUNDS=$(MAPPING_ROUNDS) $(BIN)/python -m pytest -q \
	    tests/unit/consumers/test_never_lost.py $(ARGS)

conformance: $(STAMP)  ## is this a DynamoDB stream? ARGS="--endpoint URL"; none: a node of ours
	$(BIN)/python -m pytest \
	    $(if $(ARGS),conformance/streams $(ARGS),tests/api/streams/test_conformance.py)

bench: $(STAMP)  ## a short version of every benchmark
	$(BIN)/python bench/run_all.py $(ARGS)

clean:  ## remove what make and the tools made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis bench/results

.PHONY: help setup test check clients demo crash consumers fuzz simulate regions kinesis mappings conformance bench clean
