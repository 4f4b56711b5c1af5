package central

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
	"httpd-syslog/forwarder/verify/lists"
)

// Options say what is read, and how.
type Options struct {
	Paths    []string // files, and directories with all below
	Ledger   *ledger.Ledger
	Report   *finding.Report
	From, To time.Time // zero: without a limit
	Hosts    []string  // those to check; empty: all
	Lanes    int       // that are read at a time; 0: 2
	Memory   int       // bytes of texts in a further pass; 0: 48 MB
	Show     func(text []byte) string
}

const defaultMemory = 48 << 20

// Central is what the files of central servers have. Not for concurrent use.
type Central struct {
	o      Options
	files  []*file
	pieces map[ledger.Row]ledger.Pieces
	rows   map[ledger.Row]*row

	holeAt   map[rowNumber]*variant // by the first number of a hole: the line before it
	unsealed map[string]int         // by host: rows without any seal
	latest   map[string]time.Time   // by host: of lines that are in no seal
	disputes []*Dispute
}

// file is a file of a central server.
type file struct {
	path  string
	lane  string
	begin time.Time // of its first message
	audit bool      // its first line is an event: it is read before all others
	asked bool      // it has lines of a host that is to be checked
	rows  map[ledger.Row]ledger.Span

	content  archive.Content
	err      error
	numbered uint64
	others   uint64 // lines that are no messages
	places   []place
}

// row is what all lanes have of a row.
type row struct {
	ledger.Row
	procID  string
	host    string
	mixed   bool
	numbers ledger.Spans // that are there
	again   ledger.Spans // that are there more than once
	bytes   uint64
	lines   uint64
	tails   []tail // a lane's each
	strays  []stray
}

// New finds the files. Paths that cannot be read are told as not checked.
func New(o Options) *Central {
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	if o.Lanes <= 0 {
		o.Lanes = 2
	}
	if o.Show == nil {
		o.Show = finding.Show
	}
	c := &Central{
		o: o, rows: make(map[ledger.Row]*row), pieces: make(map[ledger.Row]ledger.Pieces),
		holeAt: make(map[rowNumber]*variant), unsealed: make(map[string]int), latest: make(map[string]time.Time),
	}
	known := make(map[string]bool)
	for _, path := range o.Paths {
		paths, err := archive.Find(path)
		if err != nil {
			o.Report.Cannot(finding.Plain(err.Error()))
		}
		for _, p := range paths {
			if !known[p] && !lists.IsList(p) {
				known[p] = true
				c.files = append(c.files, &file{path: p, lane: laneOf(p), rows: make(map[ledger.Row]ledger.Span)})
			}
		}
		if err == nil && len(paths) == 0 {
			o.Report.Cannot(finding.Plain(path) + " has no files")
		}
	}
	return c
}

func (c *Central) show(text []byte) string { return c.o.Show(text) }

// laneOf is what files of one kind have in common: directory, and the name up to what may be a date or
// number. Files of one lane are read one behind the other, as they were written.
func laneOf(path string) string {
	name := filepath.Base(path)
	if i := strings.IndexAny(name, ".0123456789"); i > 0 {
		name = name[:i]
	}
	return filepath.Dir(path) + "/" + strings.TrimRight(name, "-_")
}

// ReadEvents enters the events of files that begin with one. Call it before Read.
func (c *Central) ReadEvents(ctx context.Context) {
	for _, f := range c.files {
		c.peek(ctx, f)
	}
	for _, f := range c.files {
		if !f.audit {
			continue
		}
		l := lane{c: c, file: f}
		_, f.err = archive.Read(ctx, f.path, l.events)
	}
}

var errSeen = errors.New("enough is seen")

// peek looks at the first message of a file.
func (c *Central) peek(ctx context.Context, f *file) {
	_, err := archive.Read(ctx, f.path, func(b archive.Block) error {
		var m Message
		for line := range lines(b.Data) {
			if form := m.Parse(line); form != Other {
				f.begin, f.audit = m.Time(), form == Numbered && m.Row.Audit
				break
			}
		}
		return errSeen
	})
	if err != errSeen {
		f.err = err
	}
}

// events enters the events of a block into the ledger.
func (l *lane) events(b archive.Block) error {
	n := b.Line
	for line := range lines(b.Data) {
		if l.m.Parse(line) == Numbered && l.m.Row.Audit {
			l.event(n)
		}
		n++
	}
	for i := range l.told {
		l.c.o.Ledger.Add(&l.told[i])
	}
	l.told = l.told[:0]
	return nil
}

// Read reads all files once. The ledger is finished before, and again behind it.
func (c *Central) Read(ctx context.Context) {
	c.learn()
	lanes := c.lanes()
	slots := make(chan struct{}, c.o.Lanes)
	var reading sync.WaitGroup
	for _, l := range lanes {
		reading.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			l.read(ctx)
		})
	}
	reading.Wait()
	for _, l := range lanes {
		c.merge(l)
	}
	for _, r := range c.rows {
		r.numbers, r.again = r.numbers.Normal(), r.again.Normal()
	}
	c.o.Ledger.Finish()
	c.learn()
}

// learn takes over the pieces of seals.
func (c *Central) learn() {
	for _, h := range c.o.Ledger.Hosts {
		for r, pieces := range h.Pieces {
			if c.o.Ledger.Owner(r) == h {
				c.pieces[r] = pieces
			}
		}
	}
}

// lanes are the files by kind, each kind in the order of time.
func (c *Central) lanes() (all []*lane) {
	by := make(map[string]*lane)
	for _, f := range c.files {
		l := by[f.lane]
		if l == nil {
			l = &lane{
				c: c, tallies: make(map[ledger.Row]*tally), byHeader: make(map[string]*tally), streams: make(map[string]*streamLines),
			}
			by[f.lane] = l
			all = append(all, l)
		}
		l.files = append(l.files, f)
	}
	for _, l := range all {
		slices.SortStableFunc(l.files, func(a, b *file) int { return cmp.Or(a.begin.Compare(b.begin), cmp.Compare(a.path, b.path)) })
	}
	return all
}
