# The same commands for a person and for CI. Every target makes the machine ready first: scripts/setup is quick when
# there is nothing to do.
.DEFAULT_GOAL := help
BIN := .venv/bin

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install the Debian packages and the Python environment
	@scripts/setup

demo: setup ## Send a dozen messages through a private Postfix and show the verdicts (KEEP=1 leaves it running)
	@KEEP=$(KEEP) $(BIN)/python -m mailchord.demo

serve: setup ## Run everything on this machine with the shipped configuration, state in var/ (CONFIG=FILE for another one)
	@mkdir -p var
	@MAILCHORD_STATE_DIR=$${MAILCHORD_STATE_DIR:-$(CURDIR)/var} $(BIN)/mailchord serve $(if $(CONFIG),-c $(CONFIG))

flower: setup ## The same with Flower, the dashboard of pools and tasks, on http://127.0.0.1:5555
	@mkdir -p var
	@MAILCHORD_STATE_DIR=$${MAILCHORD_STATE_DIR:-$(CURDIR)/var} $(BIN)/mailchord serve --flower $(if $(CONFIG),-c $(CONFIG))

test: setup ## Run all tests, with real servers (ARGS="-k name" for some of them)
	@$(BIN)/pytest -n 2 --dist loadgroup --durations 10 $(ARGS)

check: setup ## Lint, format, types, import contracts, sizes: all that can be told without running it
	@status=0; \
	$(BIN)/ruff check . || status=1; \
	$(BIN)/ruff format --check . || status=1; \
	$(BIN)/mypy || status=1; \
	$(BIN)/lint-imports || status=1; \
	$(BIN)/pytest -q tests/test_architecture.py || status=1; \
	exit $$status

format: setup ## Bring the layout of all files in order
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

docs: setup ## Write the parts of the documentation that are generated
	@$(BIN)/python -m mailchord.reference .

.PHONY: help setup demo serve flower test check format docs
