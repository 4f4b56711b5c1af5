package central

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/ledger"
)

// Examine looks at all that Read could not settle, and tells what it finds. What the lines of a local
// file can say more about is returned instead: see Dispute. It is called once, behind Read.
func (c *Central) Examine(ctx context.Context) []*Dispute {
	if len(c.o.Paths) == 0 {
		return nil
	}
	c.tellFiles()
	var jobs []*job
	for _, key := range sortedRows(c.rows) {
		jobs = append(jobs, c.jobsOf(c.rows[key])...)
	}
	slices.SortStableFunc(jobs, func(a, b *job) int { return cmp.Compare(a.from(), b.from()) })
	c.work(ctx, jobs)
	for _, key := range sortedRows(c.rows) {
		c.account(c.rows[key])
	}
	c.tellMissingRows()
	return c.disputes
}

func sortedRows[V any](rows map[ledger.Row]V) []ledger.Row {
	return slices.SortedFunc(maps.Keys(rows), compareRows)
}

// jobsOf are what is to be looked at of a row.
func (c *Central) jobsOf(r *row) (jobs []*job) {
	if !c.wantedRow(r) {
		return nil
	}
	var sealed ledger.Spans
	for _, p := range c.pieces[r.Row] {
		sealed = append(sealed, p.Span)
		if !p.In(c.o.From, c.o.To) || p.Whole() || len(r.numbers.Within(p.Span)) == 0 {
			continue
		}
		jobs = append(jobs, newJob(r, p, p.Span))
	}
	for _, span := range r.again.Minus(sealed) {
		jobs = append(jobs, newJob(r, nil, span))
	}
	return jobs
}

// wantedRow reports whether a row is of a host that is to be checked.
func (c *Central) wantedRow(r *row) bool {
	if h := c.owner(r); h != nil {
		return c.wanted(h.Name)
	}
	return c.wanted(r.host)
}

// work does jobs, as many at a time as there is memory for.
func (c *Central) work(ctx context.Context, jobs []*job) {
	for len(jobs) > 0 {
		memory, n := c.o.Memory, 0
		for n < len(jobs) && (memory > 0 || n == 0) {
			memory -= jobs[n].advance(memory)
			n++
		}
		c.pass(ctx, jobs[:n])
		var left []*job
		for _, j := range jobs[:n] {
			h := c.owner(j.row)
			j.settle(h.Accounted(j.row.Row, event.CutByRelay))
			if j.done() {
				c.judge(j, h)
				j.texts = nil
			} else {
				left = append(left, j)
			}
		}
		jobs = append(left, jobs[n:]...)
	}
}

// pass reads the files that have lines of the jobs' windows.
func (c *Central) pass(ctx context.Context, jobs []*job) {
	p := pass{limit: max(2*c.o.Memory, 4*archive.MaxLine), jobs: make(map[ledger.Row][]*job)}
	for _, j := range jobs {
		p.jobs[j.row.Row] = append(p.jobs[j.row.Row], j)
	}
	for _, list := range p.jobs {
		slices.SortFunc(list, func(a, b *job) int { return compareNumbers(a.window.First, b.window.First) })
	}
	for _, f := range c.files {
		if !p.concerns(f) {
			continue
		}
		p.file, p.m = f, Message{}
		_, _ = archive.Read(ctx, f.path, p.block) // Central.Read tells of a file that cannot be read
	}
}

// pass gives lines to jobs.
type pass struct {
	jobs  map[ledger.Row][]*job // in the order of their windows
	limit int
	file  *file
	m     Message
	now   []*job // of the last header's row
}

// concerns reports whether a file may have lines of a window.
func (p *pass) concerns(f *file) bool {
	for key, list := range p.jobs {
		s, ok := f.rows[key]
		if !ok {
			continue
		}
		for _, j := range list {
			if j.window.First <= s.Last && j.window.Last >= s.First {
				return true
			}
		}
	}
	return false
}

func (p *pass) block(b archive.Block) error {
	data := b.Data
	for n := b.Line; len(data) > 0; n++ {
		end := bytes.IndexByte(data, '\n') + 1
		if end == 0 {
			return nil
		}
		p.line(data[:end], n)
		data = data[end:]
	}
	return nil
}

func (p *pass) line(line []byte, n int64) {
	form := p.m.Parse(line[:len(line)-1])
	if form != Other && p.m.Fresh {
		p.now = p.jobs[p.m.Row]
	}
	if form != Numbered || len(p.now) == 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(p.now, p.m.Number, func(j *job, n uint64) int { return compareNumbers(j.window.Last, n) })
	if i < len(p.now) && p.now[i].window.First <= p.m.Number {
		p.now[i].take(p.m.Number, line[len(line)-1-len(p.m.Text):], p.file, n, p.limit)
	}
}
