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

demo-stop: ## Stop a demo that was left running
	@$(BIN)/python -m mailchord.demo --stop

serve: setup ## Run everything on this machine with the shipped configuration, state in var/ (CONFIG=FILE for another one)
	@mkdir -p var
	@MAILCHORD_STATE_DIR=$${MAILCHORD_STATE_DIR:-$(CURDIR)/var} $(BIN)/mailchord serve $(if $(CONFIG),-c $(CONFIG))

flower: setup ## The same with Flower, the dashboard of pools and tasks, on http://127.0.0.1:5555
	@mkdir -p var
	@MAILCHORD_STATE_DIR=$${MAILCHORD_STATE_DIR:-$(CURDIR)/var} $(BIN)/mailchord serve --flower $(if $(CONFIG),-c $(CONFIG))

test: setup ## Run all tests, with real servers (ARGS="-k name" for some of them)
	@scripts/test $(ARGS)

chaos: setup ## Two thousand messages through Postfix while parts are killed at random (the suite sends 300)
	@MAILCHORD_CHAOS_MESSAGES=2000 $(BIN)/pytest -q -s --timeout 1800 tests/system/test_killed_at_random.py $(ARGS)

fuzz: setup ## Ten thousand damaged files through every parser of attachments and pictures (the suite does 500)
	@MAILCHORD_MUTATIONS=10000 $(BIN)/pytest -q -n 2 tests/workers/test_mutated_files.py $(ARGS)

check: setup ## Lint, format, types, import contracts, sizes: all that can be told without running it
	@status=0; \
	$(BIN)/ruff check . || status=1; \
	$(BIN)/ruff format --check . || status=1; \
	$(BIN)/mypy || status=1; \
	$(BIN)/lint-imports || status=1; \
	$(BIN)/pytest -q tests/test_architecture.py || status=1; \
	exit $$status

bench: setup ## Measure mailchord beside the peers that are installed (ARGS="full --out docs/performance.md")
	@$(BIN)/python -m bench $(ARGS)

bench-peers: ## Install rspamd and SpamAssassin, to be measured against
	@scripts/setup --peers

evaluate: setup ## Detection figures over the shared corpora, or over folders of your own: SPAM=DIR HAM=DIR
	@SPAM="$(SPAM)" HAM="$(HAM)" scripts/evaluate $(ARGS)

new-detector: setup ## Begin a detector with its test: NAME=link_port_is_odd POOL=urls
	@$(BIN)/python scripts/new_detector.py "$(POOL)" "$(NAME)"

format: setup ## Bring the layout of all files in order
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

docs: setup ## Write the parts of the documentation that are generated
	@$(BIN)/python -m mailchord.reference .
	@$(BIN)/python -m mailchord.rule_reference .
	@$(BIN)/python -m mailchord.rule_schema .

.PHONY: help setup demo demo-stop serve flower test chaos fuzz check bench bench-peers \
	evaluate new-detector format docs
