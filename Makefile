# Everything that is done to this house is done from here: `make help`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GO  ?= go
NPM ?= npm

# npm's folder holds a package with Go files in it: not ours to format.
GOFILES    = find . -name node_modules -prune -o -name '*.go' -print
FRONT      = assets/dist/index.html
NPM_READY  = assets/node_modules/.package-lock.json
MATRIX     = protocol/conformance/matrix
MATRIX_NPM = $(MATRIX)/node_modules/.package-lock.json
FRONT_FROM = $(wildcard assets/*.mjs) assets/package.json assets/tsconfig.json $(wildcard assets/src/* assets/src/*/*)

# The WebSocket library of the old import path is behind a build tag: the
# transport's tests and the replay of the recorded conversations run with both.
NHOOYR = ./protocol/websocket/... ./cmd/phxlab/...

# These replay conversations against a real server, with its time limits: they
# have the machine to themselves. Everything else runs side by side.
REPLAYS = ./cmd/phxlab/... ./cmd/phxcheck/...

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## Build everything and serve on http://localhost:4000
	exec bin/ephemeral serve --addr :4000

.PHONY: test
test: lint build ## Everything CI runs: lint, Go tests with -race (both WebSocket libraries), client matrix, browser tests
	$(GO) test -race $$($(GO) list ./... | grep -vxF "$$($(GO) list $(REPLAYS))")
	$(GO) test -race -p 1 $(REPLAYS)
	$(GO) test -race -p 1 -tags nhooyr $(NHOOYR)
	$(NPM) --prefix $(MATRIX) test
	chromium=$$(assets/test/chromium.sh); CHROMIUM="$$chromium" $(NPM) --prefix assets test

.PHONY: build
build: $(FRONT) ## Build the front end, then every command under cmd/ into bin/
	@mkdir -p bin
	$(GO) build -trimpath -o bin/ ./cmd/...

.PHONY: lint
lint: $(NPM_READY) $(MATRIX_NPM) ## gofmt, vet, staticcheck, tsc --strict, ESLint: look, change nothing
	@unformatted=$$($(GOFILES) | xargs gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted (make fmt does it):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags nhooyr $(NHOOYR)
	$(GO) tool staticcheck ./...
	$(NPM) --prefix assets run check
	$(NPM) --prefix assets run lint
	$(NPM) --prefix $(MATRIX) run check

.PHONY: fmt
fmt: $(NPM_READY) ## Format the Go files and let ESLint mend what it can
	$(GOFILES) | xargs gofmt -w
	$(NPM) --prefix assets run lint -- --fix

.PHONY: bench
bench: build ## Measure the servers against their floors (cmd/phxbench/RESULTS.md), then run the Go benchmarks
	bin/phxbench compare --markdown cmd/phxbench/RESULTS.md
	$(GO) test -run '^$$' -bench . -benchmem ./...

$(NPM_READY): assets/package.json assets/package-lock.json assets/.npmrc
	@command -v $(NPM) >/dev/null || { echo "the front end needs Node.js 20.11 or later with npm: https://nodejs.org" >&2; exit 1; }
	cd assets && $(NPM) ci
	@touch $@

$(MATRIX_NPM): $(MATRIX)/package.json $(MATRIX)/package-lock.json $(MATRIX)/.npmrc
	cd $(MATRIX) && $(NPM) ci
	@touch $@

$(FRONT): $(NPM_READY) $(FRONT_FROM)
	$(NPM) --prefix assets run build
