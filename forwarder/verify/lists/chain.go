package lists

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"maps"
	"slices"
	"time"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/finding"
)

// reading is a list, as it is read.
type reading struct {
	c    *check
	name string

	heading seal.Heading // of the group in hand
	left    int          // pieces of it that are to come
	sum     hash.Hash    // of it
	begin   int64
	line    int64 // of the heading
	at      int64 // of the line
	strange bool  // the line before was none of a list

	before *link // the seal before, in whatever list
}

// link is a seal of a list, as it is computed.
type link struct {
	chain string
	n     uint64
	sum   seal.Sum
	known bool // an event has it, and it is the same
	told  bool // that it is not as it was
	f     finding.Finding
}

// readLists holds the lists against the events, and notes which days they have.
func (c *check) readLists(ctx context.Context) {
	r := &reading{c: c, sum: sha256.New()}
	for _, name := range c.lists {
		r.name, r.at, r.left, r.strange = name, 0, 0, false
		path := c.files[name]
		content, err := c.read(ctx, name, r.block)
		c.sizes[name] = content.Bytes
		r.lacks(content.Lines + 1)
		if err != nil {
			c.o.Report.Cannot(finding.Plain(err.Error()))
		}
		for _, flaw := range content.Flaws {
			c.o.Report.Add(finding.Finding{Code: finding.FileFlaw, File: path, Say: flaw})
		}
	}
	c.expect()
	c.told = c.o.Central.Of(maps.Keys(c.chains))
	c.compareLists()
	r.tail()
	c.tellChains()
}

// expect has those chains, too, that the lists should have, as the events are.
func (c *check) expect() {
	if len(c.chains) == 0 && c.own && c.latest != "" {
		c.has(c.latest, "")
	}
	for _, chain := range c.stays.of(c.chains) {
		c.has(chain, "")
	}
}

// has notes that a list has a chain; empty: that some list should have it.
func (c *check) has(chain, list string) {
	if c.chains[chain] == nil {
		c.chains[chain] = make(map[string]bool)
	}
	if list != "" {
		c.chains[chain][list] = true
	}
}

// compareLists holds how long the lists are against the events.
func (c *check) compareLists() {
	for _, name := range slices.Sorted(maps.Keys(c.told.Lists)) {
		path, end := c.files[name], c.told.Lists[name]
		switch size, read := c.sizes[name]; {
		case read && size < end:
			c.lost = true
			c.o.Report.Add(finding.Finding{Code: finding.FileShortened, File: path, Begin: size, End: end,
				Say: fmt.Sprintf("this list of seals ends at byte %d, and events have its seals up to byte %d", size, end)})
		case read:
			c.compareChains(name)
		case path == "" && !c.told.Removed[name] && c.wanted(dateOf(name)):
			c.lost = true
			c.o.Report.Add(finding.Finding{Code: finding.FileMissing, File: c.root + "/" + name, Say: "this list of seals is missing, and no event says that it was removed"})
		}
	}
}

// compareChains tells of chains that events have in a list, and of which it has nothing.
func (c *check) compareChains(name string) {
	for _, chain := range slices.Sorted(maps.Keys(c.chains)) {
		if c.o.Central.IsIn(chain, name) && !c.chains[chain][name] {
			c.lost = true
			c.o.Report.Add(finding.Finding{Code: finding.FileAltered, File: c.files[name], Say: "events have seals that were in this list, and are not: of chain " + chain})
		}
	}
}

// tellChains tells what is wrong with the events.
func (c *check) tellChains() {
	for _, f := range c.o.Central.Chains.Findings() {
		if c.chains[f.Chain] == nil {
			continue // another collector's
		}
		say := "this seal does not hang on the one before it"
		switch f.Flaw {
		case seal.Missing:
			say = fmt.Sprintf("events of seals are missing, up to number %d", f.Last)
		case seal.Forked:
			say = "there are two seals with this number: somebody has made one, or the state directory was copied"
		}
		c.o.Report.Add(finding.Finding{Code: finding.Chain, Seal: sealName(f.Chain, f.First), Say: say})
	}
}

func sealName(chain string, n uint64) string {
	return fmt.Sprintf("seal %d of chain %s", n, chain)
}

func (r *reading) block(b archive.Block) error {
	n := b.Line
	for line := range bytes.Lines(b.Data) {
		r.take(bytes.TrimSuffix(line, newline), n)
		r.at += int64(len(line))
		n++
	}
	return nil
}

// take takes a line.
func (r *reading) take(line []byte, n int64) {
	if p, err := seal.ParsePiece(line); err == nil && r.left > 0 {
		r.piece(line, &p, n)
		return
	}
	if h, err := seal.ParseHeading(line); err == nil {
		r.lacks(n)
		r.c.has(h.Chain, r.name)
		r.heading, r.left, r.begin, r.line, r.strange = h, h.Pieces, r.at, n, false
		r.c.last = later(r.c.last, h.Time)
		r.sum.Reset()
		r.hash(line)
		return
	}
	r.lacks(n)
	if !r.strange { // one finding for all that follow
		r.c.o.Report.Add(finding.Finding{Code: finding.FileAltered, File: r.c.files[r.name], Line: n, Say: "this line of the list of seals is none"})
	}
	r.strange = true
}

// lacks tells, before line n, that the group in hand has fewer lines than it had.
func (r *reading) lacks(n int64) {
	if r.left > 0 {
		r.c.o.Report.Add(finding.Finding{Code: finding.FileAltered, File: r.c.files[r.name], Line: r.line, Until: n - 1, Begin: r.begin, End: r.at,
			Seal: sealName(r.heading.Chain, r.heading.N), Say: fmt.Sprintf("%d lines of this seal are missing in the list", r.left)})
		r.before = nil // it is told
	}
	r.left = 0
}

func (r *reading) hash(line []byte) {
	_, _ = r.sum.Write(line) // never fails
	_, _ = r.sum.Write(newline)
}

// piece takes the line of a piece, and notes its day.
func (r *reading) piece(line []byte, p *seal.Piece, n int64) {
	r.hash(line)
	r.c.names(p.Path)
	date := dateOf(p.Path)
	d := r.c.byDay[date]
	if d == nil {
		d = &day{}
		r.c.byDay[date] = d
	}
	d.pieces++
	if len(d.lists) == 0 || d.lists[len(d.lists)-1] != r.name {
		d.lists = append(d.lists, r.name)
	}
	if r.left--; r.left == 0 {
		r.end(r.at+int64(len(line))+1, n)
	}
}

// end computes the seal of the group in hand, and holds it against the one before and the event.
func (r *reading) end(end, n int64) {
	h := &r.heading
	one := seal.Seal{N: h.N, Prev: h.Prev, Chain: h.Chain, Central: &seal.Central{List: r.name, Begin: r.begin, End: end, Files: uint64(h.Pieces), Sum: seal.Sum(r.sum.Sum(nil))}}
	text := one.Event()
	now := &link{chain: h.Chain, n: h.N, sum: seal.SumOf(text.String())}
	now.f = finding.Finding{Code: finding.FileAltered, File: r.c.files[r.name], Line: r.line, Until: n, Begin: r.begin, End: end, Seal: sealName(h.Chain, h.N)}
	told, known := r.c.o.Central.Chains.Sum(h.Chain, h.N)
	if now.known = known && told == now.sum; known && !now.known {
		r.tell(now, "these lines of the list are not those that were sealed")
	}
	if b := r.before; b != nil && b.chain == now.chain {
		switch {
		case b.n+1 != now.n:
			r.c.lost = true
			r.tell(now, fmt.Sprintf("seals are missing in the lists before this one: the last one there is number %d", b.n))
		case b.sum != h.Prev && !b.told && !now.told:
			r.tell(b, "these lines of the list are not those on which the next seal hangs")
		}
	}
	r.before = now
}

func (r *reading) tell(l *link, say string) {
	l.told = true
	l.f.Say = say
	r.c.o.Report.Add(l.f)
}

// tail holds the last seal of the lists against the events: those that were told a while ago must be known.
func (r *reading) tail() {
	b := r.before
	if b == nil || b.known || b.told || len(r.c.told.Lists) == 0 || r.c.last.After(r.c.o.Now.Add(-telling)) {
		return
	}
	r.tell(b, "the lists end with seals of which no event tells")
}

// telling is how long an event of a seal may take until it is in the audit log.
const telling = 10 * time.Minute

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
