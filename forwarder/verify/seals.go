package verify

import (
	"bytes"
	"context"

	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/central"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// readSeals reads events that are in other hands, in the form of a central server's files or of
// audit_log.
func (r *run) readSeals(ctx context.Context) {
	for _, root := range r.o.Seals {
		paths, err := archive.Find(root)
		if err != nil {
			r.report.Cannot(finding.Plain(err.Error()))
		}
		found := false
		for _, path := range paths {
			e := events{ledger: r.ledger, path: path}
			_, err := archive.Read(ctx, path, e.block)
			if err != nil {
				r.report.Cannot(finding.Plain(err.Error()))
			}
			found = found || e.found
		}
		if err == nil && !found {
			r.report.Cannot(finding.Plain(root) + " has no events")
		}
	}
}

// events enters the events of a file into the ledger.
type events struct {
	ledger *ledger.Ledger
	path   string
	m      central.Message
	found  bool
}

func (e *events) block(b archive.Block) error {
	n := b.Line
	for line := range bytes.Lines(b.Data) {
		e.line(bytes.TrimSuffix(line, []byte{'\n'}), n)
		n++
	}
	return nil
}

func (e *events) line(line []byte, n int64) {
	told, _, ok := ledger.ParseLocal(line)
	if !ok {
		if e.m.Parse(line) != central.Numbered || !e.m.Row.Audit {
			return
		}
		told = ledger.Told{Host: string(e.m.Host), Time: e.m.Time(), Text: string(e.m.Text)}
	}
	told.File, told.Line = e.path, n
	e.ledger.Add(&told)
	e.ledger.Central.Add(told.Host, told.Text)
	e.found = true
}
