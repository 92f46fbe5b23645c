# What a person does with the project; each target says what it is for: `make help`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The locks are whole, so pip has nothing to resolve. It would compile in one thread, the packages' own tests too.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
COMPILED = @$(BIN)/python -m compileall -qq -j 0 -x '/tests?/' $(VENV)/lib; touch $@
export RFM_DATA ?= data
# A file's name comes from outside: make is not to run the $(shell ...) in it.
override FILE := $(value FILE)
export FILE
# A Dagster instance belongs to one data folder: it is asked which days were published, and which files were read.
FOLDER := $(patsubst %/,%,$(if $(filter /%,$(RFM_DATA)),$(RFM_DATA),$(CURDIR)/$(patsubst ./%,%,$(RFM_DATA))))
export OWN_HOME := $(if $(filter-out $(CURDIR)/data,$(FOLDER)),$(FOLDER)/dagster,$(CURDIR)/dagster_home)
export DAGSTER_HOME ?= $(OWN_HOME)
WORKERS := 3  # of the tests, which wait for servers and other processes half of their time: also on two processors
PORT := 3000
SAMPLE_DAY := 2025-01-31
ONLINE_RETAIL_DAY := 2011-12-09

.DEFAULT_GOAL := help
.PHONY: instance help demo test dev refresh restate alert-test online-retail source check check-python check-sql check-types check-defs graph format bench bench-refresh bench-publish bench-model bench-segments pictures lineage settings schema lock clean

help:  ## this list
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/runtime instance  ## the whole chain on the sample shop, ending in its segments
	@$(BIN)/python -m rfm_assets.sample --alone "$$RFM_DATA/landing/sample_shop.csv"
	@$(BIN)/python -m rfm_assets.commands.refresh $(SAMPLE_DAY)
	@$(BIN)/python -m rfm_assets.publishing.summary

test: $(VENV)/dev  ## the tests, a quarter of an hour; some of them: ARGS=rfm_assets_tests/sql
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

dev: $(VENV)/runtime instance  ## the Dagster UI on http://127.0.0.1:3000 (PORT=3001 for a second one)
	@$(BIN)/python -m rfm_assets.commands.port $(PORT)
	@PYTHONWARNINGS='ignore:Function `dev_command` is superseded' $(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1 -p $(PORT)

refresh: $(VENV)/runtime instance  ## the daily job: DAY=2011-12-09, or FROM=2011-12-01 TO=2011-12-09 in one run
	@case "$(if $(DAY),D)$(if $(FROM),F)$(if $(TO),T)" in D|FT) ;; \
		*) echo "error: say which day: make refresh DAY=2011-12-09, or FROM=... TO=..., both of them" >&2; exit 2;; esac
	@$(BIN)/python -m rfm_assets.commands.refresh $(or $(DAY),$(FROM) $(TO))
	@$(BIN)/python -m rfm_assets.publishing.summary

restate: $(VENV)/runtime instance  ## build the snapshots that older data changed again, in one run; ARGS=--list only names them
	@$(BIN)/python -m rfm_assets.commands.restate $(ARGS)

instance:
	@[ "$$DAGSTER_HOME" != "$$OWN_HOME" ] || [ -e "$$OWN_HOME/dagster.yaml" ] || \
	  { mkdir -p "$$OWN_HOME" && cp dagster_home/dagster.yaml "$$OWN_HOME"; } 2>/dev/null || true  # the command tells

alert-test: $(VENV)/runtime  ## send a sample alert by every way that is set: RFM_ALERT_WEBHOOK, RFM_ALERT_MAIL_TO
	@$(BIN)/python -m rfm_assets.alerting

online-retail: $(VENV)/runtime  ## download the UCI Online Retail file and refresh its last day
	@$(BIN)/python -m rfm_assets.ingestion.download
	@$(MAKE) --no-print-directory refresh DAY=$(ONLINE_RETAIL_DAY)

source: $(VENV)/runtime  ## which mapping fits a file, or a draft of one: FILE=path
	@test -n "$$FILE" || { echo "error: say which file: make source FILE=orders.csv" >&2; exit 2; }
	@$(BIN)/python -m rfm_assets.ingestion.source "$$FILE"

check: check-python check-sql check-types check-defs  ## lint, format, SQL, types, definitions; in less time with -j 2

check-python: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-sql: $(VENV)/dev
	$(BIN)/sqlfluff lint --disable-progress-bar rfm_assets/sql examples

check-types: $(VENV)/dev
	$(BIN)/mypy

check-defs: $(VENV)/dev
	$(BIN)/dg check defs

graph: $(VENV)/dev  ## write rfm_assets_tests/defs/graph.txt anew: what is defined, as the tests expect it
	$(BIN)/python -m rfm_assets_tests.defs.graph

format: $(VENV)/dev  ## put Python and SQL into the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --disable-progress-bar rfm_assets/sql examples

bench: $(VENV)/runtime $(VENV)/notebook/installed  ## the whole job against the customary notebook; needs the Online Retail file
	$(BIN)/python benchmarks/job.py $(ARGS)

bench-refresh: $(VENV)/runtime  ## what one more day costs on 1 and 10 million lines, and a bulk load
	$(BIN)/python benchmarks/refresh.py $(ARGS)

bench-publish: $(VENV)/runtime  ## publishing a million customers, against DuckDB's own copy: ARGS="--snapshots 1 30"
	$(BIN)/python benchmarks/publish.py $(ARGS)

pictures: $(VENV)/dev  ## the pictures of the README; needs chromium
	$(BIN)/python -m docs.pictures

lineage: $(VENV)/dev  ## where each column comes from, from the SQL: what the catalogue shows; after a change of SQL
	$(BIN)/python -m docs.lineage

settings: $(VENV)/dev  ## the settings as Markdown, in the README and docs/settings.md; after a change of one
	$(BIN)/python -m docs.settings

schema: $(VENV)/dev  ## the tables of the warehouse, and of what is published, by version, for the tests; after a new one
	$(BIN)/python -m docs.schema

bench-model: $(VENV)/runtime  ## choosing K on generated customers, counted in cells, against plain fits: CUSTOMERS=10000000
	$(BIN)/python benchmarks/model.py $(if $(CUSTOMERS),--customers $(CUSTOMERS)) $(ARGS)

bench-segments: $(VENV)/runtime  ## how still names stay, and what public recipes give; needs the Online Retail file
	$(BIN)/python benchmarks/stability.py
	$(BIN)/python benchmarks/recipes.py

lock:  ## write the locks anew (needs uv)
	uv pip compile pyproject.toml --extra build --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra deploy --universal --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header -q -c requirements.lock -o requirements-deploy.lock
	uv pip compile pyproject.toml --extra build --extra deploy --extra test --universal --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header -q -c requirements-deploy.lock -o requirements-dev.lock

clean:  ## remove the environment
	rm -rf $(VENV)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv --upgrade-deps $(VENV)  # the pip of Python 3.11 takes half as long again for the locks

$(VENV)/runtime: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) --no-deps --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	$(COMPILED)

$(VENV)/dev: requirements-dev.lock $(VENV)/runtime
	$(PIP) --no-deps --require-hashes -r requirements-dev.lock
	$(COMPILED)

$(VENV)/notebook/installed: benchmarks/peers/requirements.txt | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/notebook
	$(VENV)/notebook/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
