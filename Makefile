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
# The second one with the libraries of stores.
STORES      := bin/httpd_syslogd_stores
# A step's commands run through it: what failed is seen whole, and make test has a table at its end.
STEP        := bin/teststep
STEPS       := bin/steps
# Lint has vetted all, and no debugger looks at test programs: both would be a tenth of what building them takes.
TEST        := $(GO) test -vet=off -ldflags=-w
# Where make install puts them: the first finds the second there, or beside itself.
PREFIX      ?= /usr/local
BINDIR      := $(DESTDIR)$(PREFIX)/bin
LIBEXECDIR  := $(DESTDIR)$(PREFIX)/libexec/httpd-syslog
MANDIR      := $(DESTDIR)$(PREFIX)/share/man

.PHONY: help build install packages demo test peers lint unit race systems e2e packagetest fuzz bench bench-peers bench-central bench-scale clean $(PROGRAM) $(DAEMON) $(STORES) $(STEP)
export VERSION MAINTAINER SOURCE_DATE_EPOCH

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: $(PROGRAM) $(DAEMON) $(STORES) ## build the programs, static files: bin/httpd_syslog, bin/httpd_syslogd and bin/httpd_syslogd_stores

$(PROGRAM) $(DAEMON):
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $@ ./cmd/$(@F)

$(STORES):
	CGO_ENABLED=0 $(GO) build -tags stores -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $@ ./cmd/httpd_syslogd

install: build ## put programs and man pages below DESTDIR and PREFIX (/usr/local)
	install -d $(BINDIR) $(LIBEXECDIR) $(MANDIR)/man8 $(MANDIR)/man7 $(MANDIR)/man5
	install $(PROGRAM) $(BINDIR)/
	install $(DAEMON) $(STORES) $(LIBEXECDIR)/
	install -m 644 packaging/man/*.8 $(MANDIR)/man8/
	install -m 644 packaging/man/*.7 $(MANDIR)/man7/
	install -m 644 packaging/man/*.5 $(MANDIR)/man5/

packages: build ## make the RPM and the deb in dist/, reproducibly
	$(GO) build -C packaging/tools -o "$(CURDIR)/bin/nfpm" github.com/goreleaser/nfpm/v2/cmd/nfpm
	@packaging/build.sh $(PROGRAM) $(DAEMON) $(STORES) bin/nfpm

demo: $(PROGRAM) $(DAEMON) $(STEP) ## see it at work, in a few seconds; needs nothing but Go
	@$(STEP) demo packaging/demo/demo.sh $(PROGRAM)

$(STEP):
	@$(GO) build -o $@ ./packaging/teststep

# One step at a time: a busy machine has no time for two, and tests would wait in vain. When one fails no other
# begins.
test: $(STEP) ## everything, with the real Apache and rsyslog (root and apt: installs them); a table of it at the end
	@rm -f $(STEPS); export TESTSTEP_RECORDS='$(CURDIR)/$(STEPS)'; status=0; \
	$(MAKE) --no-print-directory -j1 peers lint demo race systems unit fuzz || status=$$?; \
	$(STEP) -table $(STEPS); exit $$status

peers: $(STEP) ## install what the tests run against: Apache, rsyslog, syslog-ng, Perl, promtool, Chromium; rpm, lintian, a Debian to boot
	@$(STEP) peers packaging/e2e/install-peers.sh
	@$(STEP) peers packaging/packagetest/install-tools.sh

lint: $(STEP) ## gofmt, go vet, staticcheck
	@$(STEP) lint sh -c 'unformatted=$$(gofmt -l cmd config forwarder packaging rotate); \
		[ -z "$$unformatted" ] || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }'
	$(STEP) lint $(GO) vet ./...
	$(STEP) lint $(GO) vet -tags faultpoints,stores ./...
	$(STEP) lint $(GO) run $(STATICCHECK) ./...
	$(STEP) lint $(GO) run $(STATICCHECK) -tags stores ./cmd/httpd_syslogd

race: $(STEP) ## the packages' tests and the command line's, with the race detector; e2e and packagetest have it too
	$(STEP) race $(TEST) -race -p 4 -timeout 40m ./cmd/... ./config/... ./forwarder/... ./rotate/... ./packaging/bench/... ./packaging/doc/ ./packaging/teststep/

unit: $(STEP) ## what the race detector would disturb: allocations, memory, processes that are killed
	$(STEP) unit $(TEST) -timeout 40m -run 'Alloc|Attack|Flood|Cheap|Endless|NothingToFind|^TestChanges$$' ./forwarder/... ./cmd/...
	$(STEP) unit $(TEST) -tags faultpoints -timeout 40m -parallel 24 -run '^Test(CrashMatrix|Failing|StandingDisk|DelivererDies|KilledWhile|SIGTERMAt|RandomKills|CollectorCrashes|IncidentsSurvive|Unsynced|EveryCodeIsMissed$$)' ./packaging/doc/ ./cmd/httpd_syslog

systems: $(STEP) ## e2e and packagetest beside each other: they wait for half of their time
	$(STEP) systems $(TEST) -race -count=1 -p 2 -timeout 40m ./packaging/e2e/ ./packaging/packagetest/

e2e: $(STEP) ## the real Apache, rsyslog, syslog-ng and Perl
	$(STEP) e2e $(TEST) -race -count=1 -timeout 40m ./packaging/e2e/

packagetest: $(STEP) ## the RPM and the deb: built twice, looked at, installed, booted
	$(STEP) packagetest $(TEST) -race -count=1 -timeout 40m ./packaging/packagetest/

fuzz: $(STEP) ## each fuzz target for FUZZTIME (20000x: so many inputs)
	@$(STEP) -tests 'fuzz ' fuzz packaging/fuzz.sh $(FUZZTIME)

bench: build ## Go benchmarks; throughput and latency beside tee | socat
	$(GO) test -run '^$$' -bench . -benchmem ./forwarder/... ./rotate/...
	$(GO) run ./packaging/bench $(PROGRAM)

bench-peers: build ## the same beside rsyslog, syslog-ng, logger, Perl, over TCP, TLS and RELP: some 8 minutes (installs them)
	@packaging/bench/install-peers.sh
	$(GO) run ./packaging/bench -peers $(PROGRAM)

bench-central: build ## as a central server, beside rsyslog and syslog-ng, over TCP and RELP: some 10 minutes (installs them)
	@packaging/bench/install-peers.sh
	$(GO) run ./packaging/bench/central $(PROGRAM)

bench-scale: $(PROGRAM) $(DAEMON) $(STORES) ## to a cluster of three NATS servers on this machine: some 5 minutes
	$(GO) run ./packaging/bench/scale $(PROGRAM)

clean: ## remove what was built
	rm -rf bin dist
