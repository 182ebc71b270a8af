# Everything a person runs. `make help` explains each target.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
MQTT_PORT ?= 18883
DEMO_DIR ?= var/demo
DISTRICT ?= paired-schools
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo demo-clean test check bench soak soak-short fuzz setup lock tour format

help: ## Explain each target
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.server ## Run a whole demo district on this machine; Ctrl-C ends it
	@exec $(BIN)/fleet-server demo --port $(PORT) --mqtt-port $(MQTT_PORT) --dir $(DEMO_DIR) --district $(DISTRICT)

demo-clean: ## Remove the demo's data
	rm -rf $(DEMO_DIR)

test: setup ## Run the whole suite; installs what it needs and lacks
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: setup ## The gate before each commit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/gate

bench: setup ## Measure speed and memory against peers; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

soak: setup ## Long campaign of kills over 100,000 journal records
	$(BIN)/python -m tests.campaigns.soak --records 100000 --kills 200

soak-short: setup ## The same, short: 10,000 records and 20 kills
	$(BIN)/python -m tests.campaigns.soak --records 10000 --kills 20

fuzz: $(VENV)/.dev ## Feed arbitrary bytes to the payload decoder and every driver's parser
	$(BIN)/python -m tests.campaigns.fuzz --seconds 60

tour: setup ## Take the screenshots of docs/tour again
	$(BIN)/python -m tests.tour

format: $(VENV)/.dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: $(VENV)/.dev ## Install everything the suite needs
	@sh tests/install.sh

lock: ## Pin the newest dependencies again
	sh requirements/lock.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=/path/to/it")'
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make virtual environments here: apt install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.server: requirements/server.txt package-lock.json pyproject.toml | $(VENV)/bin/python
	@echo "Installing the server into $(VENV) (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/server.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m fleet_server.web.vendor
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.server
	@echo "Installing the development tools into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
