# Every target sets itself up: `make demo` and `make test` work on a fresh clone.
#   VENV=DIR     another place for the environment         (default .venv)
#   PYTHON=EXE   the interpreter it is made from, >= 3.11  (default the first one found)
#   ARGS=...     more arguments for pytest, or for the demo
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY = $(VENV)/bin/python
DEV = $(VENV)/.installed-dev
TRAIN = $(VENV)/.installed-train

.DELETE_ON_ERROR:
.PHONY: demo test test-slow test-weekly test-browser test-min lint types constraints clean

demo: $(TRAIN)
	$(PY) -m cyclemlp demo $(ARGS)

test: $(DEV)
	$(PY) -m pytest -n auto $(ARGS)

# Minutes: timm's own suite on the smallest variants, and whatever else is marked slow.
test-slow: $(DEV)
	$(PY) -m pytest -m "slow and not gpu and not browser" $(ARGS)

# An hour or more: timm's own suite on every variant, and every task in every export format.
test-weekly: $(DEV)
	$(PY) -m pytest -m "weekly and not gpu and not browser" $(ARGS)

# The page in a headless browser: Debian's chromium, or one that playwright has installed.
test-browser: $(DEV)
	$(PY) -m pytest -m "browser and not gpu" $(ARGS)

# The same tests at the lowest versions pyproject.toml declares.
test-min:
	$(MAKE) test VENV=.venv-min CONSTRAINTS=constraints-min.txt

lint: $(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(DEV)
	$(PY) -m pyright --pythonpath $(PY)

# The pins: of a fresh resolve of every extra, and of the lowest versions pyproject.toml declares.
# An exact `===` for torch: `==2.15.0` would also take a local build such as 2.15.0+cpu, which
# cannot import the index's torchvision.
COMPILE = $(PY) -m uv pip compile pyproject.toml --python-version 3.11 --no-header --no-annotate \
	--upgrade --quiet
constraints: $(DEV)
	$(PY) -m pip install --quiet uv
	$(COMPILE) --all-extras --output-file constraints.txt
	$(COMPILE) --extra dev --resolution lowest-direct --output-file constraints-min.txt
	sed -i -E 's/^(torch|torchvision)==/\1===/' constraints.txt constraints-min.txt

clean:
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last, so an interrupted install is done again, and it holds this checkout's
# path, so an environment copied from or shared with another checkout is pointed back at this one.
ifneq ($(shell cat $(DEV) 2>/dev/null),$(CURDIR))
.PHONY: $(DEV)
endif
ifneq ($(shell cat $(TRAIN) 2>/dev/null),$(CURDIR))
.PHONY: $(TRAIN)
endif

$(DEV) $(TRAIN): $(VENV)/.installed-%: pyproject.toml $(CONSTRAINTS)
	@rm -f $@
	@PYTHON="$(PYTHON)" .ci/venv $(VENV)
	$(PY) -m pip install --quiet --constraint $(CONSTRAINTS) --editable '.[$*]'
	@echo '$(CURDIR)' > $@
