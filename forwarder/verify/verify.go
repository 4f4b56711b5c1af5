package verify

import (
	"bytes"
	"context"
	"sync"
	"time"

	"httpd-syslog/forwarder/cardnumber"
	"httpd-syslog/forwarder/verify/central"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
	"httpd-syslog/forwarder/verify/lists"
	"httpd-syslog/forwarder/verify/local"
)

// Options say what is checked.
type Options struct {
	From, To time.Time // of when lines came in; zero: without a limit
	LogDir   string    // of a web server; empty: none
	Central  []string  // files and directories of central servers
	Seals    []string  // files and directories with events from other hands
	Hosts    []string  // that are to be there; empty: all are checked that are
	// CentralLog is the log directory of the collector whose files are in CentralDir, one of Central; of others it is
	// where their directory is, too.
	CentralDir, CentralLog string
	Now                    time.Time         // zero: the time
	Cards                  cardnumber.Rules  // of what is left of card numbers in lines that are shown
	Found                  []finding.Finding // what was found before, where the files come from
	Memory                 int               // bytes of texts of a further pass; 0: a default
}

// Run checks, and tells what it has found. What cannot be read is in the report. Its error is ctx's, and then there is
// no report: nothing below looks at ctx but archive.Read, so that what is told after ctx has ended is of files that were not read.
func Run(ctx context.Context, o Options) (*finding.Report, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	r := &run{o: o, show: shower(o.Cards), ledger: ledger.New(), report: &finding.Report{}}
	for _, f := range o.Found {
		r.report.Add(f)
	}
	r.run(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.report.OneHand = len(o.Seals) == 0 && (o.LogDir == "" || len(o.Central) == 0)
	r.report.Sort()
	return r.report, nil
}

// run is one check.
type run struct {
	o      Options
	show   func(text []byte) string
	ledger *ledger.Ledger
	report *finding.Report
}

func (r *run) run(ctx context.Context) {
	c := central.New(central.Options{
		Paths: r.o.Central, Ledger: r.ledger, Report: r.report, From: r.o.From, To: r.o.To, Hosts: r.o.Hosts, Show: r.show, Memory: r.o.Memory,
	})
	l := local.New(local.Options{Dir: r.o.LogDir, Ledger: r.ledger, Report: r.report, From: r.o.From, To: r.o.To, Hosts: r.o.Hosts, Count: len(r.o.Central) == 0})
	r.readSeals(ctx)
	l.ReadEvents(ctx)
	c.ReadEvents(ctx)
	r.ledger.Finish()
	c.Read(ctx)
	disputes := c.Examine(ctx)
	l.Check(ctx)
	lists.Check(ctx, lists.Options{
		Paths: r.o.Central, Own: r.o.CentralDir, LogDir: r.o.CentralLog, Central: &r.ledger.Central, Report: r.report, From: r.o.From, To: r.o.To, Now: r.o.Now, Memory: r.o.Memory,
		Hosts: r.o.Hosts, Files: c.Asked(),
	})
	r.compare(ctx, c, l, disputes)
	r.hosts(c)
}

// shower shows lines without card numbers, and so that they do nothing to a terminal. It may be called by
// several goroutines.
func shower(rules cardnumber.Rules) func([]byte) string {
	var mu sync.Mutex
	finder := cardnumber.New(rules)
	return func(text []byte) string {
		mu.Lock()
		defer mu.Unlock()
		line := append(bytes.Clone(text), '\n')
		finder.Truncate(line)
		return finding.Show(line[:len(text)])
	}
}
