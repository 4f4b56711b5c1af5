# make lists the targets.
GO          ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION     ?= 0.1.0-dev
MAINTAINER  ?= The httpd_syslog authors <httpd-syslog@example.org>
# The commit and its date; of a tree without git, nothing and the date of its change log.
COMMIT      ?= $(shell git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null)
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || date -r CHANGELOG.md +%s)
DATE        = $(shell date -u -d @$(SOURCE_DATE_EPOCH) +%Y-%m-%dT%H:%M:%SZ)
LDFLAGS     = -s -w $(foreach v,Version=$(VERSION) Commit=$(COMMIT) Date=$(DATE),-X httpd-syslog/cmd/internal/cli.$(v))
FUZZTIME    ?= 20000x
# The one that people start, and the one that delivers.
PROGRAM     := bin/httpd_syslog
DAEMON      := bin/httpd_syslogd
# Where make install puts them: the first finds the second there, or beside itself.
PREFIX      ?= /usr/local
BINDIR      := $(DESTDIR)$(PREFIX)/bin
LIBEXECDIR  := $(DESTDIR)$(PREFIX)/libexec/httpd-syslog
MANDIR      := $(DESTDIR)$(PREFIX)/share/man

.PHONY: help build install packages demo test peers lint unit race e2e packagetest fuzz bench bench-peers clean $(PROGRAM) $(DAEMON)
export VERSION MAINTAINER SOURCE_DATE_EPOCH

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: $(PROGRAM) $(DAEMON) ## build the programs, static files: bin/httpd_syslog and bin/httpd_syslogd

$(PROGRAM) $(DAEMON):
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $@ ./cmd/$(@F)

install: build ## put programs and man pages below DESTDIR and PREFIX (/usr/local)
	install -d $(BINDIR) $(LIBEXECDIR) $(MANDIR)/man8 $(MANDIR)/man5
	install $(PROGRAM) $(BINDIR)/
	install $(DAEMON) $(LIBEXECDIR)/
	install -m 644 packaging/man/*.8 $(MANDIR)/man8/
	install -m 644 packaging/man/*.5 $(MANDIR)/man5/

packages: build ## make the RPM and the deb in dist/, reproducibly
	$(GO) build -C packaging/tools -o "$(CURDIR)/bin/nfpm" github.com/goreleaser/nfpm/v2/cmd/nfpm
	@packaging/build.sh $(PROGRAM) $(DAEMON) bin/nfpm

demo: build ## see it at work, in a few seconds; needs nothing but Go
	@packaging/demo/demo.sh $(PROGRAM)

test: peers lint demo race unit e2e packagetest fuzz ## everything, with the real Apache and rsyslog (root and apt: installs them)

peers: ## install what the tests run against: Apache, rsyslog, syslog-ng, Perl, promtool, Chromium; rpm, lintian, a Debian to boot
	@packaging/e2e/install-peers.sh
	@packaging/packagetest/install-tools.sh

lint: ## gofmt, go vet, staticcheck
	@unformatted=$$(gofmt -l cmd config forwarder packaging rotate); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags faultpoints ./...
	$(GO) run $(STATICCHECK) ./...

race: ## the packages' tests and the command line's, with the race detector; e2e and packagetest have it too
	$(GO) test -race -p 4 -timeout 30m ./config/... ./forwarder/... ./rotate/... ./cmd/... ./packaging/bench/

unit: ## what the race detector would disturb: allocations, memory, processes that are killed
	$(GO) test -timeout 20m -run 'Alloc|Attack|Flood|Cheap|Endless' ./forwarder/... ./cmd/...
	$(GO) test -tags faultpoints -parallel 8 -run '^Test(CrashMatrix|FailingDisk|StandingDisk|DelivererDies|KilledWhile)' ./cmd/httpd_syslog

e2e: ## the real Apache, rsyslog, syslog-ng and Perl
	$(GO) test -race -v -count=1 -timeout 20m ./packaging/e2e/

packagetest: ## the RPM and the deb: built twice, looked at, installed, booted
	$(GO) test -race -v -count=1 -timeout 20m ./packaging/packagetest/

fuzz: ## each fuzz target for FUZZTIME (20000x: so many inputs)
	@packaging/fuzz.sh $(FUZZTIME)

bench: build ## Go benchmarks; throughput and latency beside tee | socat
	$(GO) test -run '^$$' -bench . -benchmem ./forwarder/... ./rotate/...
	$(GO) run ./packaging/bench $(PROGRAM)

bench-peers: build ## the same beside rsyslog, syslog-ng, logger, Perl, over TCP, TLS and RELP: some 8 minutes (installs them)
	@packaging/bench/install-peers.sh
	$(GO) run ./packaging/bench -peers $(PROGRAM)

clean: ## remove what was built
	rm -rf bin dist
