# make demo    sets up everything that is missing, then parallelises examples/heat2d.c
# make test    sets up everything that is missing, then runs the checks of style and types and all tests but those below
# make vsix    packages the extension for VS Code: build/pragmatist.vsix
# make test-vscode   sets up a real VS Code and a browser to show it, and runs the tests of the packaged extension in it
# make screenshots   runs them, and keeps the pictures they take for the documentation
# make format  formats the Python code and mends what ruff can mend
# make model   makes the small model of training/README.md from nothing, in two hours on two cores
# make test-training   runs the tests of training/, those that need torch as well
# make clean   forgets what was set up; Debian packages stay installed
#
# PYTHON=python3.12 names another Python, PYTEST_ARGS="-k heat2d" narrows the tests, PRAGMATIST_NO_APT=1 leaves apt alone.

VENV := .venv
STAMPS := build/setup
TRAINING := training/.venv
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PYTEST_ARGS ?= --durations=15

EXTENSION := editors/vscode
VSIX := build/pragmatist.vsix
npm = sh $(abspath setup/npm.sh) $(abspath $(VENV))/bin/python

.PHONY: demo test vsix test-vscode screenshots format model test-training clean
.DELETE_ON_ERROR:

# $(call pip,what to install): silent unless it fails.
pip = $(VENV)/bin/python -m pip install -q --disable-pip-version-check $(1) >$(STAMPS)/pip.log 2>&1 \
	|| { cat $(STAMPS)/pip.log >&2; exit 1; }

# Our own example may run without a sandbox where none can be had; a user's program may not, unless the user says so.
demo: $(VENV)/.installed
	@option=; \
	bwrap --unshare-all --unshare-user --disable-userns --ro-bind / / --proc /proc --dev /dev true 2>/dev/null || { \
		option=--no-sandbox; \
		echo 'demo: bubblewrap does not work here: the example is run without a sandbox' >&2; }; \
	$(VENV)/bin/pragmatist fix $$option examples/heat2d.c

# Each check runs whatever became of the ones before, so that one run shows everything there is to mend.
test: $(STAMPS)/system-tests $(VENV)/.installed-dev
	@status=0; \
	$(VENV)/bin/ruff format --check . || status=1; \
	$(VENV)/bin/ruff check . || status=1; \
	$(VENV)/bin/pyright || status=1; \
	$(VENV)/bin/pytest -n auto --dist worksteal $(PYTEST_ARGS) || status=1; \
	exit $$status

vsix: $(VSIX)

test-vscode: $(STAMPS)/system-vscode $(STAMPS)/vscode $(VENV)/.installed-vscode $(VSIX)
	@$(VENV)/bin/pytest -m vscode $(PYTEST_ARGS) tests/e2e

# Those of the extension's own page travel with it. What is in no page is left in build/.
screenshots: test-vscode
	@for picture in docs/images/vscode-*.png; do \
		name=$${picture##*/vscode-}; cp build/vscode/screenshots/$$name $$picture || exit 1; done
	@for picture in $(EXTENSION)/screenshots/*.png; do \
		cp build/vscode/screenshots/$${picture##*/} $$picture || exit 1; done

format: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

model: $(TRAINING)/.installed
	$(TRAINING)/bin/python -m training $(TRAINING_ARGS)

test-training: $(TRAINING)/.installed
	$(TRAINING)/bin/python -m pytest tests/training $(PYTEST_ARGS)

clean:
	rm -rf $(VENV) $(TRAINING) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	rm -rf $(EXTENSION)/node_modules $(EXTENSION)/out
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# Stamps: what is older than its recipe is set up again. Those of the environment lie in it, to go with it.
$(STAMPS)/system: setup/system.sh
	@mkdir -p $(STAMPS)
	@PYTHON='$(PYTHON)' sh setup/system.sh $(STAMPS)/apt.log
	@touch $@

$(STAMPS)/system-tests: setup/system.sh
	@mkdir -p $(STAMPS)
	@PYTHON='$(PYTHON)' sh setup/system.sh --tests $(STAMPS)/apt.log
	@touch $@

$(STAMPS)/system-vscode: setup/system.sh
	@mkdir -p $(STAMPS)
	@PYTHON='$(PYTHON)' sh setup/system.sh --vscode $(STAMPS)/apt.log
	@touch $@

$(STAMPS)/vscode: setup/vscode.sh setup/npm.sh | $(VENV)/.made
	@sh setup/vscode.sh $(abspath $(VENV))/bin/python build/vscode $(STAMPS)/vscode.log
	@touch $@

$(VENV)/.made: setup/venv.sh | $(STAMPS)/system
	@PYTHON='$(PYTHON)' sh setup/venv.sh $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.made
	@echo 'setup: installing pragmatist and its dependencies into $(VENV)' >&2
	@$(call pip,--editable .)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.installed
	@echo 'setup: installing the development tools into $(VENV)' >&2
	@$(call pip,--group dev)
	@touch $@

# torch is large, and nothing but training/ needs it.
$(TRAINING)/.installed: pyproject.toml setup/venv.sh | $(STAMPS)/system
	@PYTHON='$(PYTHON)' sh setup/venv.sh $(TRAINING)
	@echo 'setup: installing pragmatist and torch into $(TRAINING)' >&2
	@$(TRAINING)/bin/python -m pip install -q --disable-pip-version-check --editable . --group training \
		>$(STAMPS)/pip.log 2>&1 || { cat $(STAMPS)/pip.log >&2; exit 1; }
	@touch $@

$(VENV)/.installed-vscode: pyproject.toml $(VENV)/.installed-dev
	@echo 'setup: installing what drives VS Code into $(VENV)' >&2
	@$(call pip,--group vscode)
	@touch $@

$(EXTENSION)/node_modules/.installed: $(EXTENSION)/package.json $(EXTENSION)/package-lock.json | $(VENV)/.installed-dev
	@echo 'setup: installing what builds the extension into $(EXTENSION)/node_modules' >&2
	@cd $(EXTENSION) && $(npm) ci --silent
	@touch $@

$(VSIX): $(EXTENSION)/node_modules/.installed $(shell git ls-files --cached --others --exclude-standard $(EXTENSION) 2>/dev/null)
	@cd $(EXTENSION) && $(npm) run --silent types && $(npm) run --silent bundle \
		&& $(npm) run --silent package -- --out $(abspath $@)
