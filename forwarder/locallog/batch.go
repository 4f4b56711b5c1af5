package locallog

import (
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/locallog/sealing"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// batch has the lines to be written next, of all files. The position that a batch ends with holds for
// all files.
type batch struct {
	files []*logFile // files that the batch has lines for
	size  int        // bytes of all lines
	open  cursor.Span
	late  bool // lines that other files have already, for files that are behind

	from  *sealing.Writer // of the frame in hand
	plain bool            // its lines are in their file as they came in, all of them
}

// batchSize: smaller frames are gathered up to about this many bytes; for a file of each
// host more, since each costs a write of its own.
const (
	batchSize     = 64 << 10
	hostBatchSize = 1 << 20
)

func (b *batch) touch(file *logFile) {
	if !file.touched {
		file.touched = true
		b.files = append(b.files, file)
	}
}

// add puts a frame's lines into the batch, and writes the batch when it is full. After an error of
// that the lines are in the batch.
func (l *Log) add(b *batch, f *spool.Frame) error {
	st := l.Streams.Of(f)
	if !b.late {
		l.state.book.Read(f)
	}
	if b.open.Received.IsZero() {
		b.open.Received = f.Time
	}
	byHost := l.hostsOf(st) != nil && f.Kind != frame.Event
	full := batchSize
	var err error
	switch {
	case f.Lines == 0 && len(f.Payload) == 0:
		l.note(b, f, false)
	case byHost:
		full = hostBatchSize
		l.note(b, f, false)
		l.splitByHost(b, f, st)
	default:
		file := l.fileOf(st.File, st.Name)
		l.settleFirst(file)
		err = l.rotateFirst(b, f, file)
		l.note(b, f, f.Kind != frame.Event && len(f.Origin) == 0)
		if l.isDirect(b, f, file) {
			l.reach(b, f)
			return l.writeDirect(b, f, file)
		}
		l.put(b, file, f, l.render(f, st), f.Lines)
	}
	l.reach(b, f)
	if err == nil && b.size >= full {
		err = l.flush(b)
	}
	return err
}

// note counts what was dropped before a frame, and takes the frame into the seals. plain: its lines are in
// their file as they came in.
func (l *Log) note(b *batch, f *spool.Frame, plain bool) {
	if b.late {
		return
	}
	l.pending.Add(f.Head.Stream, cursor.CountOf(f))
	b.from, b.plain = l.state.seals.Read(f), plain
	if f.First == 0 {
		l.state.seals.EndOf(f.File, l.Catalog.Files())
	}
}

// reach notes that the batch ends behind the frame. The end of a spool file has no lines: where the
// local log is at that position already the batch does not wait for it. The file may be removed at any
// time, and the relays could then not be asked whether they have the span.
func (l *Log) reach(b *batch, f *spool.Frame) {
	if at := (spool.Position{Offset: f.End}); b.late || l.done[f.File.ID] != at {
		b.open.Reach(f.File.ID, at)
	}
}

// put adds lines of a frame to their file's share of the batch, unless the file is behind and gets
// them later, or has them already.
func (l *Log) put(b *batch, file *logFile, f *spool.Frame, text []byte, lines int) {
	n := lineCount{uint64(lines), uint64(len(text))}
	l.settleFirst(file)
	switch {
	case b.late:
		if !file.catching || !file.at.Lacks(f) {
			return
		}
	case file.at.Has(f):
		l.pending.Add(file.stream, cursor.StreamCount{Lines: n.lines, Bytes: n.bytes})
		return
	case file.behind:
		b.touch(file)
		file.at.Stay(f.File.ID, f.Start)
		l.pass(file, n, f.Time)
		return
	}
	b.touch(file)
	if file.text == nil {
		file.text = l.memory.get()
	}
	file.text = append(file.text, text...)
	file.seal.From(b.from, b.plain && !b.late)
	file.fresh.add(n)
	file.runs.Add(f)
	b.size += len(text)
}

// settleFirst settles a file before it gets its first lines.
func (l *Log) settleFirst(file *logFile) {
	if !file.unsettled || file.behind {
		return
	}
	if err := l.settle(file); err != nil {
		l.hold(file, err)
	}
}

// pass counts lines that a file which is behind does not get now: they wait in the spool.
func (l *Log) pass(file *logFile, n lineCount, received time.Time) {
	if file.oldest.IsZero() {
		file.oldest = received
	}
	file.passed.add(n)
}

// isDirect: the frame is large enough to be written by itself, without being copied.
func (l *Log) isDirect(b *batch, f *spool.Frame, file *logFile) bool {
	return b.size == 0 && len(f.Payload) >= batchSize/4 && f.Kind != frame.Event && len(f.Origin) == 0 &&
		!b.late && len(file.text) == 0 && len(file.at) == 0 && !file.behind
}

func (l *Log) writeDirect(b *batch, f *spool.Frame, file *logFile) error {
	own := file.text
	b.touch(file)
	file.text, file.fresh = f.Payload, lineCount{uint64(f.Lines), uint64(len(f.Payload))}
	file.runs.Add(f)
	file.seal.From(b.from, b.plain)
	err := l.writeAll(b)
	if len(file.text) > 0 { // it must outlive the reader's buffer
		own = append(own[:0], f.Payload...)
		b.size = len(own)
	}
	file.text = own
	if err != nil {
		return err
	}
	return l.written(b)
}
