# Everything that is built, tested and measured. `make help` lists the targets.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X mmt/version.Number=$(VERSION)
COMMANDS := $(notdir $(wildcard cmd/*))
export BIN ?= bin
export DIST ?= dist
export PREFIX ETC DESTDIR
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 20s

.DEFAULT_GOAL := help
.PHONY: help build build-dpdk demo test test-dpdk bench bench-dataplane bench-dpdk fuzz lint clean test-deps man install uninstall deb

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

build: ## build the commands into bin/
	@mkdir -p $(BIN)
	@for c in $(COMMANDS); do CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/$$c ./cmd/$$c || exit 1; done
	@echo "built in $(BIN)/: $(COMMANDS)"

man: ## make the manual pages of what is built, into bin/man
	@scripts/man.sh

install: build man ## put everything in place: PREFIX=/usr/local ETC=/etc DESTDIR=
	@scripts/install.sh install

uninstall: ## take it away again; what was changed stays
	@scripts/install.sh uninstall

deb: build man ## make Debian packages into dist/
	@scripts/deb.sh

build-dpdk: ## build mmt-probe with DPDK (needs a C compiler and libdpdk) into bin/
	@pkg-config --exists libdpdk || { echo "libdpdk is missing: apt install libdpdk-dev dpdk"; exit 1; }
	@mkdir -p bin
	CGO_ENABLED=1 go build -tags dpdk -trimpath -ldflags '$(LDFLAGS)' -o bin/mmt-probe ./cmd/mmt-probe

demo: build ## make a trace, run the probe on it, show what it saw
	@scripts/demo.sh

test-deps: ## install what some tests compare with (tshark, tcpdump), where possible
	@scripts/test-deps.sh

test: test-deps ## run all tests with the race detector
	@scripts/test.sh
	@scripts/test-dpdk.sh

test-dpdk: ## run the tests of the DPDK build, where libdpdk is
	@scripts/test-dpdk.sh

bench-dpdk: ## receiving through DPDK in Go beside a loop in C, and rings beside rte_ring
	@scripts/bench-dataplane.sh dpdk

bench-dataplane: ## the prefilter, receiving in Go beside loops in C, rings
	@scripts/bench-dataplane.sh

bench: bench-dataplane ## measure the data plane, the probe on one core and on two, the channels of reports
	go run ./bench/replay
	go run ./bench/workers
	go run ./bench/rules
	go run ./bench/output
	go test -run '^$$' -bench . -benchtime 200ms ./analyzer/... ./report ./output ./dataplane/...

fuzz: ## fuzz every parser for FUZZTIME (20s) each
	@scripts/fuzz.sh $(FUZZTIME)

lint: ## gofmt, go vet, staticcheck, generated files up to date
	@scripts/lint.sh $(STATICCHECK)

clean: ## remove what was built
	rm -rf bin dist demo-out
