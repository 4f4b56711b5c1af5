package sealing

import (
	"cmp"
	"slices"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/seal"
)

// mostAtOnce is how many seals are made at once, besides those of files that are rotated. Where there is more
// to seal, those pieces end that were begun first, and the others go on.
const mostAtOnce = 100

// keepTold is for how long a text that was told stays in the record: longer than the spool needs to be on the disk.
const keepTold = 30 * time.Second

// proposal are the seals that a record has, which hold when it is written.
type proposal struct {
	chain   seal.Chain
	texts   []string
	writers []*Writer
	files   []*File
	untils  map[*File]uint64
	all     bool // nothing is left for the next seals
	reads   []cursor.RotatedFile
}

// propose makes the seals that are wanted. It changes nothing that a record without them would have.
func (s *Sealer) propose() (p proposal) {
	p.chain = s.chain
	writers, files, all := s.wanted()
	if len(writers)+len(files)+len(s.ended) == 0 {
		return p
	}
	if p.chain.ID == "" {
		p.chain = seal.NewChain()
		e := event.SealChain.With("chain", p.chain.ID)
		p.texts = append(p.texts, e.String())
	}
	for _, w := range writers {
		span, state := w.done()
		p.texts = append(p.texts, p.chain.Lines(seal.Lines{
			Writer: w.procID, Stream: w.stream, Class: w.class, First: span.First, Last: span.Last, Lines: span.Lines,
			From: span.From, To: span.To, Sum: sumOf(state),
		}))
	}
	p.sealEnded(s.ended)
	p.sealFiles(files)
	p.writers, p.files, p.all = writers, files, all
	return p
}

func (p *proposal) sealEnded(ended []endedPiece) {
	for _, e := range ended {
		p.texts = append(p.texts, p.chain.File(e.File))
		if e.backup != "" {
			p.reads = append(p.reads, cursor.RotatedFile{Path: e.backup, Chain: p.chain.ID, Since: cmp.Or(e.Since, p.chain.N), Until: p.chain.N})
		}
	}
}

func (p *proposal) sealFiles(files []*File) {
	p.untils = make(map[*File]uint64, len(files))
	for _, f := range files {
		state := f.state()
		if state.Alone != "" {
			_, state.Sum = f.alone.done()
		}
		p.texts = append(p.texts, p.chain.File(seal.File{File: f.name, Since: f.since, Begin: f.begin, End: f.end, Sum: sumOf(state.Sum)}))
		p.untils[f] = p.chain.N
	}
}

// wanted are the pieces that end in this commit, in the order of their seals. all: these are all that there are.
func (s *Sealer) wanted() (writers []*Writer, files []*File, all bool) {
	for _, f := range s.files {
		if f.end > f.begin && f.wanted {
			files = append(files, f)
		}
	}
	if s.all && len(s.inHand) == 0 {
		writers, files, all = s.oldest(files)
	}
	slices.SortFunc(writers, func(a, b *Writer) int {
		return cmp.Or(cmp.Compare(a.writer.ID, b.writer.ID), cmp.Compare(a.writer.PID, b.writer.PID), cmp.Compare(a.class, b.class))
	})
	slices.SortFunc(files, func(a, b *File) int { return cmp.Compare(a.path, b.path) })
	return writers, files, all
}

// oldest adds pieces to those of files that must end, up to mostAtOnce. A file whose writer's piece
// ends while its own goes on gets a hash of its own.
func (s *Sealer) oldest(must []*File) (writers []*Writer, files []*File, all bool) {
	for _, w := range s.writers {
		if w.span.Lines > 0 {
			writers = append(writers, w)
		}
	}
	for _, f := range s.files {
		if f.end > f.begin && !f.wanted {
			files = append(files, f)
		}
	}
	if len(writers)+len(files) <= mostAtOnce {
		return writers, append(must, files...), true
	}
	slices.SortFunc(writers, func(a, b *Writer) int { return a.span.From.Compare(b.span.From) })
	slices.SortFunc(files, func(a, b *File) int { return a.first.Compare(b.first) })
	n := min(len(writers), mostAtOnce/2)
	m := min(len(files), mostAtOnce-n)
	for _, f := range files[m:] {
		if slices.Contains(writers[:n], f.alone) {
			f.Part()
		}
	}
	return writers[:n], append(must, files[:m]...), false
}

// Record is what the record of a commit has of the seals, with those that are made by it. Committed or Failed
// must follow. nil: there is nothing to record.
func (s *Sealer) Record() *cursor.Seals {
	if s.off && s.chain.ID == "" {
		return nil
	}
	s.proposal = s.propose()
	p := &s.proposal
	r := &cursor.Seals{
		Chain: p.chain, Count: s.count + p.chain.N - s.chain.N, At: s.at, Since: s.since, Off: s.off,
		Rotated: append(slices.Clip(s.rereads.todo), p.reads...), Last: s.withTexts(p.texts),
	}
	if p.chain.ID != s.chain.ID {
		r.Count = s.count + p.chain.N
	}
	if len(p.texts) > 0 {
		fault.Point("seal.record.before")
		r.At = time.Now()
	}
	switch {
	case p.all:
		r.Since = time.Time{}
	case len(p.writers)+len(p.files) > 0 && !s.since.IsZero() && s.all && len(s.inHand) == 0:
		r.Since = time.Now() // the others wait as long again
	}
	s.recordPieces(r, p)
	return r
}

// recordPieces puts the pieces that go on into the record.
func (s *Sealer) recordPieces(r *cursor.Seals, p *proposal) {
	r.Files = make(map[string]cursor.FilePiece, len(s.files))
	for _, w := range s.writers {
		if span, state := w.done(); span.Lines > 0 && !slices.Contains(p.writers, w) {
			r.Lines = append(r.Lines, cursor.LinesPiece{
				Writer: w.procID, Class: w.class, Stream: w.stream, Span: span, Sum: slices.Clone(state),
			})
		}
	}
	for path, f := range s.files {
		piece := cursor.FilePiece{Since: cmp.Or(f.since, p.untils[f]), Until: p.untils[f], Begin: f.end, End: f.end}
		if p.untils[f] == 0 {
			piece = f.state()
		}
		if piece.End > 0 || piece.Since > 0 {
			r.Files[path] = piece
		}
	}
}

// withTexts are the texts that a start must tell again, with new ones.
func (s *Sealer) withTexts(texts []string) (all []cursor.SealText) {
	for _, t := range s.texts {
		if t.Told.IsZero() || time.Since(t.Told) < keepTold {
			all = append(all, t)
		}
	}
	for _, text := range texts {
		all = append(all, cursor.SealText{Text: text})
	}
	return all
}

// Committed notes that the record is written: its seals are made, and are told.
func (s *Sealer) Committed(r *cursor.Seals) {
	p := &s.proposal
	if s.unrecorded = false; len(p.texts) > 0 {
		fault.Point("seal.record.after")
	}
	s.numbers.publish()
	if s.all && len(s.inHand) == 0 {
		s.all, s.soon = false, time.Time{}
	}
	if r == nil {
		return
	}
	if s.texts = r.Last; len(p.texts) == 0 {
		return
	}
	for _, w := range p.writers {
		delete(s.writers, w.key)
	}
	s.last = lastWriter{}
	for _, f := range p.files {
		f.since, f.until = cmp.Or(f.since, p.untils[f]), p.untils[f]
		f.clear()
	}
	s.chain, s.count, s.at, s.since = r.Chain, r.Count, r.At, r.Since
	s.ended = nil
	s.rereads.todo = r.Rotated
}

// Failed notes that the record is not written: nothing has happened.
func (s *Sealer) Failed() { s.failed = time.Now() }

// TellMade tells the seals that are in the record and were not told yet. It reports whether all are.
func (s *Sealer) TellMade() bool {
	if s.unrecorded || time.Since(s.untold) < retryTelling {
		return false
	}
	for i := range s.texts {
		if t := &s.texts[i]; t.Told.IsZero() {
			if s.o.Secure() != nil { // it costs nothing but the first time
				return false
			}
			fault.Point("seal.event.before")
			if !s.o.TellNow(event.Again(t.Text)) {
				s.untold = time.Now()
				return false
			}
			fault.Point("seal.event.after")
			t.Told = time.Now()
		}
	}
	return true
}
