# Heavy Press: every target installs what it needs first, into .venv beside this file.
#
#   make run     the first comparison, charts in results/
#   make test    the quick tests
#   make help    the rest
#
# PYTHON=/path/to/python3.12 chooses the interpreter of a new .venv; ARGS='...' passes on further words.

.POSIX:
.SUFFIXES:
.DEFAULT_GOAL = help
.PHONY: help install run dashboard test slow browser bench bench-dashboard calibrate screen lint results docs release format clean

PYTHON =
ARGS =

CANDIDATES = $(if $(PYTHON),$(PYTHON),python3.11 python3.12 python3.13 python3 python)
VENV = .venv
BIN = $(VENV)/bin
INSTALLED = $(VENV)/.installed
PIP = $(BIN)/python -m pip --disable-pip-version-check --no-input
IN_RANGE = import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

# Tests run on every core, those of a module on one, which share what is dear; PYTEST_FLAGS= runs them in one process.
# What is compiled is kept, as Python does unless told not to: every process that a test starts would compile it anew.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
PYTEST_FLAGS = -n auto --dist loadscope

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 20

install: $(INSTALLED) ## the pinned packages and the heavypress command, into .venv

# The stamp is written last: an install that was broken off starts again.
$(INSTALLED): requirements.txt pyproject.toml
	@if ! $(BIN)/python -c '$(IN_RANGE)' >/dev/null 2>&1; then \
	  for python in $(CANDIDATES); do \
	    if "$$python" -c '$(IN_RANGE)' >/dev/null 2>&1; then found=$$python; break; fi; \
	  done; \
	  if [ -z "$${found:-}" ]; then \
	    echo "Heavy Press needs Python 3.11, 3.12 or 3.13 with its venv module, and found none (tried:" \
	      "$(CANDIDATES)). Install one, or name it: make PYTHON=/path/to/python3.11" >&2; \
	    exit 1; \
	  fi; \
	  "$$found" -m venv --clear $(VENV); \
	fi
	@echo "Installing into $(VENV) with $$($(BIN)/python --version): about a minute the first time ..."
	@$(PIP) install -qq --require-hashes -r requirements.txt
	@$(PIP) install -qq --no-build-isolation --no-deps --no-index -e .
	@touch $(INSTALLED)

run: $(INSTALLED) ## compare the options in the default scenario; charts and tables in results/
	@$(BIN)/heavypress compare --out results $(ARGS)

dashboard: $(INSTALLED) ## the same in the browser, on this machine only
	@exec $(BIN)/heavypress dashboard $(ARGS)

test: $(INSTALLED) ## the quick tests and every example in a docstring
	@$(PYTEST) $(PYTEST_FLAGS) $(ARGS)

# pytest answers 5 where no test was found: no failure for a suite that may be empty.
slow: $(INSTALLED) ## the slow tests
	@$(PYTEST) $(PYTEST_FLAGS) -o testpaths=tests -m slow $(ARGS) || { code=$$?; [ $$code -eq 5 ] || exit $$code; }

# Chromium comes from the system's packages: with apt where that may be used, else from whoever looks after the machine.
browser: $(INSTALLED) ## the tests that drive Chromium
	@if [ -z "$${CHROMIUM:-}" ] && ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null; then \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    echo "Installing Chromium with apt ..." && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	  else \
	    echo "The browser tests need Chromium: install it (apt-get install chromium), or name it: make browser" \
	      "CHROMIUM=/path/to/chromium" >&2; exit 1; \
	  fi; \
	fi
	@$(PYTEST) -o testpaths=tests/browser -m browser $(ARGS) || { code=$$?; [ $$code -eq 5 ] || exit $$code; }

bench: $(INSTALLED) ## how fast the engine is, on this machine
	@$(BIN)/python tests/bench/run.py $(ARGS)

bench-dashboard: $(INSTALLED) ## how fast the dashboard is in a real browser, on this machine
	@$(BIN)/python tests/bench/dashboard.py $(ARGS)

calibrate: $(INSTALLED) ## every fit to the record, with its data, intervals and residuals
	@for fit in machines rents canada cut_rule us_groups; do $(BIN)/python -m tests.validation.$$fit || exit 1; echo; done

screen: $(INSTALLED) ## which uncertain parameters matter: data/screening.csv anew, in two minutes
	@$(BIN)/python -m tests.validation.screening

lint: $(INSTALLED) ## style, types, and generated documents that are fresh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/heavypress docs --check

results: $(INSTALLED) ## whether each headline that moved since the last release has a named cause
	@$(BIN)/heavypress changelog --check $(ARGS)

format: $(INSTALLED) ## lay out the code, and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(INSTALLED) ## write the generated documents anew
	$(BIN)/heavypress docs
	$(BIN)/heavypress validate --format markdown > docs/validation.md
	$(BIN)/heavypress changelog --publish

release: $(INSTALLED) ## keep what the results of this version rest on, in releases/, and say so in docs/results.md
	$(BIN)/heavypress release $(ARGS)
	$(BIN)/heavypress changelog --publish

clean: ## remove what these targets made, .venv included
	rm -rf $(VENV) results build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
