# Everything a person does with this project: `make` alone lists it. Needs Python 3.11 or newer, git and make.
#   PYTHON=python3.13   the Python that makes the environment
#   PINS=               install the newest allowed packages instead of those in requirements.txt

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PINS ?= --constraint requirements.txt
PYTEST := $(BIN)/python -m pytest
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Gradio 6.31 asks for pillow<13, which has known holes in its decoders; CONTRIBUTING.md says what is done about it.
SAFE_PILLOW := --no-deps pillow==13.0.0
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --annotation-style line \
  --custom-compile-command "make requirements" --quiet
BROWSER_TESTS := $(wildcard tests/test_browser*.py)
BROWSER_LOG := $(VENV)/browser-tests.txt
BENCHES := $(filter-out tests/bench/soak.py,$(wildcard tests/bench/*.py))
OTHER_TESTS := $(filter-out $(BROWSER_TESTS),$(wildcard tests/test_*.py))

# Upgrading or removing a system Python leaves an environment behind that cannot start: make it again.
ifneq ($(wildcard $(VENV)/.made),)
ifneq ($(shell $(BIN)/python -c 'print("alive")' 2>/dev/null),alive)
$(shell rm -rf $(VENV))
endif
endif

.DELETE_ON_ERROR:
.PHONY: help run test format space-check bench soak screenshots requirements upgrade clean

help:  ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

run: $(VENV)/.run  ## install what is missing and start the page
	@echo "Starting Qwen Edit Studio; its address is in the next line, Ctrl+C ends it"
	@exec $(BIN)/python app.py

# The browser's tests run beside the others: Playwright keeps an event loop in the main thread, which they must not meet.
# NumPy's threads and OpenCV's get in each other's way, and the browser wants some of the machine too.
test: export OPENBLAS_NUM_THREADS := 1
test: $(VENV)/.dev  ## check format, rules and types, then run every test, a real browser included
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@QWEN_EDIT_CHROMIUM="$$($(BIN)/python tests/chromium.py)" && export QWEN_EDIT_CHROMIUM && \
	  echo "Browser for the tests: $$QWEN_EDIT_CHROMIUM" && \
	  echo "The browser's tests run meanwhile; what they say follows what the others say." && \
	  { $(PYTEST) $(BROWSER_TESTS) >$(BROWSER_LOG) 2>&1 & browser=$$!; trap 'kill $$browser; exit 1' INT TERM; \
	    echo "$(PYTEST) $(OTHER_TESTS)"; $(PYTEST) $(OTHER_TESTS); others=$$?; \
	    wait $$browser; browser=$$?; echo "$(PYTEST) $(BROWSER_TESTS)"; cat $(BROWSER_LOG); \
	    test $$others -eq 0 && test $$browser -eq 0; }

format: $(VENV)/.dev  ## put the code into the house's format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

space-check: $(VENV)/.dev  ## start the app with only what a Hugging Face Space installs
	@cp requirements.txt $(VENV)/requirements.again
	$(COMPILE) --output-file $(VENV)/requirements.again
	@diff -u requirements.txt $(VENV)/requirements.again || \
	  { echo "requirements.txt no longer agrees with pyproject.toml: run 'make requirements'." >&2; exit 1; }
	$(BIN)/python tests/space_check.py

bench: $(VENV)/.dev  ## measure what the README and the change log claim
	@for script in $(BENCHES); do echo "$$script"; PYTHONPATH=tests $(BIN)/python "$$script" || exit 1; done

soak: $(VENV)/.dev  ## let 50 visitors edit for ten minutes, and hold the books against the disk (needs 20 GB)
	PYTHONPATH=tests $(BIN)/python tests/bench/soak.py

screenshots: $(VENV)/.dev  ## take the README's pictures again, from the browser's tests
	QWEN_EDIT_CHROMIUM="$$($(BIN)/python tests/chromium.py)" QWEN_EDIT_SCREENSHOTS=assets/screenshots \
	  $(BIN)/python -m pytest tests/test_browser_screenshots.py

requirements: $(VENV)/.uv  ## write requirements.txt anew from pyproject.toml, keeping the pins that still fit
	$(COMPILE) --output-file requirements.txt

upgrade: $(VENV)/.uv  ## the same with the newest packages that pyproject.toml allows
	$(COMPILE) --upgrade --output-file requirements.txt

clean:  ## remove the environment and everything else that was built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.made:
	@command -v "$(PYTHON)" >/dev/null || \
	  { echo "'$(PYTHON)' is not on this machine. Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3 run" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1). Name a newer one: make PYTHON=python3.11 run" >&2; exit 1; }
	@echo "Making an environment for $$("$(PYTHON)" -V) in $(VENV)"
	@"$(PYTHON)" -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made pyproject.toml requirements.txt
	@echo "Installing the packages that the page needs (once: a minute or so)"
	@$(PIP) 'pip>=25.1'
	@$(PIP) --editable . $(PINS) || \
	  { echo "The packages could not be installed. If pyproject.toml was changed: run 'make requirements' first." >&2; exit 1; }
	@$(PIP) $(SAFE_PILLOW)
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing the packages for tests and development"
	@$(PIP) --group dev $(PINS)
	@$(PIP) $(SAFE_PILLOW)
	@touch $@

# Only what 'make requirements' needs: it must work when the old pins no longer do.
$(VENV)/.uv: $(VENV)/.made
	@$(PIP) 'uv>=0.13,<1'
	@touch $@
