package central

import (
	"bytes"
	"context"
	"strings"

	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/ledger"
)

const (
	// maxRows bounds the rows of a lane.
	maxRows = 100000
	// maxHeaders bounds what is remembered of headers: lines that came as syslog can each have another.
	maxHeaders = 10000
	// maxPlaces is how many places of one sort are told of a file or stream.
	maxPlaces = 20
)

// lane is files that follow each other, read by one goroutine.
type lane struct {
	c     *Central
	files []*file

	tallies  map[ledger.Row]*tally
	byHeader map[string]*tally
	streams  map[string]*streamLines
	tooMany  bool // rows
	told     []ledger.Told

	file *file
	m    Message
	t    *tally       // of the last line
	s    *streamLines // likewise
}

// streamLines is what a lane has of a stream of a host.
type streamLines struct {
	host, stream string
	numbered     bool
	unnumbered   uint64
	places       []place // of some of these
}

// place is where a line stands.
type place struct {
	file *file
	line int64
	text string // as it is shown
}

// read reads the lane's files.
func (l *lane) read(ctx context.Context) {
	for _, f := range l.files {
		l.file, l.m = f, Message{} // each file has its hosts found
		f.content, f.err = archive.Read(ctx, f.path, l.block)
		for _, t := range l.tallies {
			l.note(t)
		}
	}
	for _, t := range l.tallies {
		t.end()
	}
}

// note widens what is known of the file's numbers by those of a tally.
func (l *lane) note(t *tally) {
	s, ok := t.passed()
	if !ok {
		return
	}
	if was, known := l.file.rows[t.row]; known {
		s.First, s.Last = min(s.First, was.First), max(s.Last, was.Last)
	}
	l.file.rows[t.row] = s
}

// block reads lines.
func (l *lane) block(b archive.Block) error {
	data := b.Data
	for n := b.Line; len(data) > 0; n++ {
		end := bytes.IndexByte(data, '\n') + 1
		if end == 0 {
			l.other(data, n) // too long for a line
			return nil
		}
		l.line(data[:end], n)
		data = data[end:]
	}
	return nil
}

// line reads one line, which has its LF.
func (l *lane) line(line []byte, n int64) {
	form := l.m.Parse(line[:len(line)-1])
	if form == Other {
		l.other(line[:len(line)-1], n)
		return
	}
	if l.m.Fresh {
		l.find()
	}
	if form == Unnumbered {
		l.unnumbered(n)
		return
	}
	l.file.numbered++
	if l.s != nil {
		l.s.numbered = true
	}
	if l.t == nil {
		return
	}
	if l.m.Number != l.t.next {
		l.jumps(n)
	}
	if !l.t.add(l.m.Number, line[len(line)-1-len(l.m.Text):]) {
		l.t.left(&l.m)
	}
	if l.m.Row.Audit && !l.file.audit {
		l.event(n)
	}
}

// jumps is called before a line whose number is not the one that is due. A line that comes for the first
// time behind one with a higher number has changed its place: what is sent again begins below, too, but is
// known.
func (l *lane) jumps(n int64) {
	t := l.t
	begun := t.since < t.next // the run has lines of this file
	l.note(t)
	if !begun || l.m.Number >= t.next || len(t.strays) >= maxPlaces || t.knows(l.m.Number) {
		return
	}
	t.strays = append(t.strays, stray{l.m.Number, place{l.file, n, l.c.show(l.m.Text)}})
}

// event keeps an event of a file that has lines, too.
func (l *lane) event(n int64) {
	l.told = append(l.told, ledger.Told{
		Host: string(l.m.Host), Time: l.m.Time(), Text: string(l.m.Text), File: l.file.path, Line: n,
	})
}

// find finds the tally of a header.
func (l *lane) find() {
	m := &l.m
	l.file.asked = l.file.asked || l.c.wanted(string(m.Host))
	if l.s == nil || l.s.host != string(m.Host) || l.s.stream != string(m.Stream) {
		l.s = l.stream(string(m.Host), string(m.Stream))
	}
	if m.Row.Writer == 0 {
		l.t = nil
		return
	}
	if l.t = l.byHeader[string(m.header)]; l.t != nil && l.t.row == m.Row {
		return
	}
	l.t = l.tallies[m.Row]
	host := string(m.Host)
	if l.t == nil && len(l.tallies) < maxRows {
		l.t = &tally{row: m.Row, procID: string(m.ProcID), host: host, pieces: l.c.pieces[m.Row]}
		l.tallies[m.Row] = l.t
	}
	if l.t == nil {
		l.tooMany = true
		return
	}
	l.t.mixed = l.t.mixed || l.t.host != host
	if len(l.byHeader) >= maxHeaders {
		clear(l.byHeader)
	}
	l.byHeader[string(m.header)] = l.t
}

// stream is what there is of a host's stream; nil: there are too many.
func (l *lane) stream(host, stream string) *streamLines {
	key := host + "\n" + stream
	s := l.streams[key]
	if s == nil && len(l.streams) < maxHeaders {
		s = &streamLines{host: host, stream: strings.Clone(stream)}
		l.streams[key] = s
	}
	return s
}

// unnumbered notes a message without a number.
func (l *lane) unnumbered(n int64) {
	if l.s == nil {
		return
	}
	if l.s.unnumbered++; len(l.s.places) < maxPlaces {
		l.s.places = append(l.s.places, place{l.file, n, l.c.show(l.m.Text)})
	}
}

// other notes a line that is no message.
func (l *lane) other(line []byte, n int64) {
	if l.file.others++; len(l.file.places) < maxPlaces {
		l.file.places = append(l.file.places, place{l.file, n, l.c.show(line)})
	}
}
