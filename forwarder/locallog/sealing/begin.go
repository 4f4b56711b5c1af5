package sealing

import (
	"strings"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/spool/frame"
)

// Begin takes a new Sealer to the state of a record; nil: there is none. It looks into audit_log whether the
// record is older than the seals there. It reports whether a commit must come before anything is told.
func (s *Sealer) Begin(r *cursor.Seals) (changed bool) {
	if r != nil {
		s.restore(r)
	}
	if s.off {
		return s.end(r)
	}
	told, ok := lastTold(s.o.Dir)
	if !ok || told.chain == s.chain.ID && told.n <= s.chain.N {
		return false
	}
	why := "audit_log has the seals of that chain last"
	switch s.chain.ID {
	case "":
		why = "the record of the seals is lost"
	case told.chain:
		why = "the state directory is older than its last seals, as after a restore from a backup"
	}
	s.breakChain(told, why)
	return true
}

// breakChain begins another chain, of which nothing hangs on the former one. The pieces go on: what was hashed
// stays so.
func (s *Sealer) breakChain(former lastSeal, why string) {
	s.chain, s.unrecorded = seal.NewChain(), true
	e := event.SealBroken.With("former", former.chain, "cause", why, "n", former.n, "chain", s.chain.ID)
	s.texts = []cursor.SealText{{Text: e.String()}}
	for _, f := range s.files {
		f.since, f.until = 0, 0
	}
}

// end tells that no seals are made any more, unless that was told. The chain goes on if ever there are seals
// again.
func (s *Sealer) end(r *cursor.Seals) (changed bool) {
	if r == nil || r.Off || r.Chain.ID == "" {
		return false
	}
	s.o.Tell(event.SealOff.With("chain", s.chain.ID, "n", s.chain.N))
	s.writers, s.files, s.since = nil, nil, time.Time{}
	return true
}

func (s *Sealer) restore(r *cursor.Seals) {
	s.chain, s.count, s.at, s.since = r.Chain, r.Count, r.At, r.Since
	s.rereads.todo = r.Rotated
	for _, t := range r.Last {
		s.texts = append(s.texts, cursor.SealText{Text: t.Text}) // to be told again
	}
	for _, p := range r.Lines {
		id, ok := writerID(p.Writer)
		var d digest
		if !ok || d.set(p.Sum) != nil {
			continue // of a version that writes other states, perhaps
		}
		w := s.newWriter(key{id, p.Class}, p.Stream)
		w.span, w.sum = p.Span, d
		if w.number != nil {
			*w.number = p.Span.Last
		}
	}
	for path, p := range r.Files {
		f := &File{s: s, path: path, name: s.nameIn(path)}
		s.files[path] = f
		f.restore(r)
		id, _ := writerID(p.Alone)
		if w := s.writers[key{id, seal.OfLines}]; w != nil && w.span.Bytes == uint64(f.end-f.begin) {
			f.share(w)
		}
	}
}

// writerID is the reverse of WriterID.ProcID.
func writerID(procID string) (id frame.WriterID, ok bool) {
	pid, hex, _ := strings.Cut(procID, "-")
	file, err := frame.ParseFileID(hex + "-" + pid + ".000001")
	return file.Writer, err == nil
}

// restore takes the piece to the state of a record, with a hash of its own.
func (f *File) restore(r *cursor.Seals) {
	p := cursor.FilePiece{}
	if r != nil {
		p = r.Files[f.path]
	}
	f.since, f.until, f.begin, f.end, f.alone, f.first = p.Since, p.Until, p.Begin, p.End, nil, time.Now()
	sum := p.Sum
	if p.Alone != "" {
		for _, w := range r.Lines {
			if w.Writer == p.Alone && w.Class == seal.OfLines {
				sum = w.Sum
			}
		}
	}
	if f.sum.set(sum) != nil || len(sum) == 0 && f.end > f.begin {
		f.lose("the state of its hash is damaged")
	}
}
