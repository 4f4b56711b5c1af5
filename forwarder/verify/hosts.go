package verify

import (
	"fmt"
	"slices"
	"time"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/central"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// silence is for how long a host that is well says nothing: it has a heartbeat every five minutes.
const silence = 15 * time.Minute

// hosts tells what is wrong with what hosts have told.
func (r *run) hosts(c *central.Central) {
	seen := c.Hosts()
	r.chains()
	for _, flaw := range r.ledger.Flaws {
		r.report.Add(finding.Finding{Code: finding.Chain, Say: finding.Plain(flaw)})
	}
	for _, name := range r.o.Hosts {
		if h := r.ledger.Hosts[name]; h == nil && !seen[name] {
			r.report.Cannot("there is nothing of host " + finding.Plain(name))
		} else if h == nil {
			r.report.Add(finding.Finding{Code: finding.NoSeal, Host: name, Say: "there are no events of this host, and so no seals"})
		}
	}
	checked := false
	for _, name := range r.ledger.Names() {
		if r.wanted(name) {
			checked = true
			r.host(r.ledger.Hosts[name], c.LatestLoose(name))
		}
	}
	if !checked && len(r.report.Unchecked) == 0 && len(r.report.Findings) == 0 && r.report.Counts.Central == 0 {
		r.report.Cannot("there is nothing of any host")
	}
}

// host tells what is wrong with what one has told. loose is when its last line came that is in no seal.
func (r *run) host(h *ledger.Host, loose time.Time) {
	if until := h.Sealed(); until.After(r.report.Until) {
		r.report.Until = until
	}
	if len(h.Pieces) == 0 {
		r.report.Add(finding.Finding{Code: finding.NoSeal, Host: h.Name, Say: "there is no seal"})
	}
	r.covered(h, loose)
	for _, t := range h.Reported {
		if r.within(t.Time) {
			r.report.Add(finding.Finding{Code: finding.Reported, Host: h.Name, File: t.File, Line: t.Line, Say: "the web server itself has told: " + r.show([]byte(t.Text))})
		}
	}
	for _, w := range h.Writers {
		r.writer(h, w)
	}
}

func sealName(n uint64, chain string) string { return fmt.Sprintf("seal %d of chain %s", n, chain) }

func chainFlaw(f seal.Finding) string {
	switch f.Flaw {
	case seal.Missing:
		if f.First == f.Last {
			return "a seal is missing"
		}
		return fmt.Sprintf("seals are missing, up to number %d", f.Last)
	case seal.Forked:
		return "there are two seals with this number: somebody has made one, or the state directory was copied"
	}
	return "this seal does not hang on the one before it: the chain was spliced"
}

// chains tells which seals do not hang together, and which are missing before the first and behind the
// last one of a chain.
func (r *run) chains() {
	tell := func(chain string, n uint64, say string) {
		host := r.ledger.Tellers[chain]
		if r.wanted(host) {
			r.report.Add(finding.Finding{Code: finding.Chain, Host: host, Seal: sealName(n, chain), Say: say})
		}
	}
	for _, f := range r.ledger.Chains.Findings() {
		tell(f.Chain, f.First, chainFlaw(f))
	}
	for _, e := range r.ledger.Chains.Extents() {
		h := r.ledger.Hosts[r.ledger.Tellers[e.Chain]]
		if e.First > 1 && r.o.From.IsZero() {
			tell(e.Chain, 1, fmt.Sprintf("seals are missing, up to number %d", e.First-1))
		}
		if n := h.Promised(e.Chain); n > e.Last {
			tell(e.Chain, e.Last+1, fmt.Sprintf("seals are missing at the end, up to number %d, which other events name", n))
		}
		if _, told := h.Begun[e.Chain]; !told && r.o.From.IsZero() && e.First == 1 {
			tell(e.Chain, 1, "no event tells that this chain begins")
		}
	}
}

func (r *run) wanted(host string) bool {
	return len(r.o.Hosts) == 0 || slices.Contains(r.o.Hosts, host)
}

// covered tells which of the time that is checked nothing is known of. Whoever sends lines sends heartbeats too: where
// lines are much later than all events, events are missing. A line that came as syslog has its sender's time, which
// may be to come.
func (r *run) covered(h *ledger.Host, loose time.Time) {
	if from := r.o.From; !from.IsZero() && h.First.After(from.Add(silence)) {
		r.report.Add(finding.Finding{Code: finding.NotCovered, Host: h.Name, Say: "nothing is known of the time before " + at(h.First)})
	}
	to := r.o.To
	if to.IsZero() && loose.Before(r.o.Now) {
		to = loose
	}
	if to.IsZero() {
		return
	}
	if to.After(r.o.Now) {
		to = r.o.Now
	}
	lines := ""
	if !loose.IsZero() && loose.Sub(h.Last) > silence {
		lines = ", though there are lines of " + at(loose)
	}
	if h.Last.Before(to.Add(-silence)) {
		r.report.Add(finding.Finding{Code: finding.NotCovered, Host: h.Name, Say: "nothing is known of the time behind " + at(h.Last) + lines})
	}
}

func at(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (r *run) within(t time.Time) bool {
	return (r.o.From.IsZero() || !t.Before(r.o.From)) && (r.o.To.IsZero() || !t.After(r.o.To))
}

// writer tells of one whose end nobody knows.
func (r *run) writer(h *ledger.Host, w *ledger.Writer) {
	if w.Begun.IsZero() || w.Ended || !r.within(w.Begun) || h.Open(ledger.WriterOf(w.ProcID)) || h.Beat.Before(w.Begun.Add(silence)) {
		return
	}
	r.report.Add(finding.Finding{Code: finding.Unfinished, Host: h.Name, Writer: w.ProcID, Say: "this writer has begun, has told no end, and is not among those that are open: what it wrote last is not known"})
}
