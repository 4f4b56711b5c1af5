package forwarder

import (
	"time"

	"httpd-syslog/forwarder/spool"
)

// localBatch is what is to be written next, of all files. A position that it ends with holds for
// all of them.
type localBatch struct {
	files []*localFile // that it has lines for
	size  int          // bytes of them all
	open  span
	late  bool // lines that other files have already, for files that are behind
}

// localBatchSize: smaller frames are gathered up to about this many bytes; for a file of each
// host more, since each costs a write of its own.
const (
	localBatchSize = 64 << 10
	hostBatchSize  = 1 << 20
)

func (b *localBatch) touch(file *localFile) {
	if !file.touched {
		file.touched = true
		b.files = append(b.files, file)
	}
}

// add puts a frame's lines into the batch, and writes it when it is full. At an error they are in
// the batch.
func (l *local) add(b *localBatch, f *spool.Frame) error {
	st := l.streams.of(f)
	if b.open.received.IsZero() {
		b.open.received = f.Time
	}
	if !b.late {
		l.pending.add(f.Head.Stream, streamCount{Dropped: uint64(f.Dropped)})
	}
	full := localBatchSize
	switch {
	case f.Lines == 0 && len(f.Payload) == 0:
	case st.hosts != nil && f.Kind != spool.Event:
		full = hostBatchSize
		l.splitByHost(b, f, st)
	default:
		file := l.fileOf(st.File, st.Name)
		l.settleFirst(file)
		if l.isDirect(b, f, file) {
			l.reach(b, f)
			return l.writeDirect(b, f, file)
		}
		l.put(b, file, f, l.render(f, st), f.Lines)
	}
	l.reach(b, f)
	if b.size >= full {
		return l.flush(b)
	}
	return nil
}

// reach notes that the batch ends behind the frame. A file whose lines are all written may go at any
// time, and what a relay has of it is known no more: its end, which adds none, is not to be waited for.
func (l *local) reach(b *localBatch, f *spool.Frame) {
	if at := (spool.Position{Offset: f.End}); b.late || l.done[f.File.ID] != at {
		b.open.reach(f.File.ID, at)
	}
}

// render is a frame's lines as they stand in their file. It is valid until the next call.
func (l *local) render(f *spool.Frame, st *stream) []byte {
	switch {
	case f.Kind == spool.Event:
		l.scratch = auditLine(l.scratch[:0], f, f.Payload)
	case len(f.Origin) > 0:
		l.scratch = receivedLines(l.scratch[:0], f, st)
	default:
		return f.Payload
	}
	return l.scratch
}

// put adds lines of a frame to the batch of their file, if that is to get them now.
func (l *local) put(b *localBatch, file *localFile, f *spool.Frame, text []byte, lines int) {
	n := lineCount{uint64(lines), uint64(len(text))}
	l.settleFirst(file)
	switch {
	case b.late:
		if !file.catching || !file.lacks(f) {
			return
		}
	case file.has(f):
		l.pending.add(file.stream, streamCount{Lines: n.lines, Bytes: n.bytes})
		return
	case file.behind:
		b.touch(file)
		file.stay(f.File.ID, f.Start)
		l.pass(file, n, f.Time)
		return
	}
	b.touch(file)
	if file.text == nil {
		file.text = l.takeBuffer()
	}
	file.text = append(file.text, text...)
	file.fresh.add(n)
	b.size += len(text)
}

// settleFirst settles a file before it gets its first lines.
func (l *local) settleFirst(file *localFile) {
	if !file.unsettled || file.behind {
		return
	}
	if err := l.settle(file); err != nil {
		l.hold(file, err)
	}
}

// pass notes lines that wait for a file that is behind.
func (l *local) pass(file *localFile, n lineCount, received time.Time) {
	if file.oldest.IsZero() {
		file.oldest = received
	}
	file.passed.add(n)
}

// isDirect: the frame is large enough to be written by itself, without being copied.
func (l *local) isDirect(b *localBatch, f *spool.Frame, file *localFile) bool {
	return b.size == 0 && len(f.Payload) >= localBatchSize/4 && f.Kind != spool.Event && len(f.Origin) == 0 &&
		!b.late && len(file.text) == 0 && len(file.at) == 0 && !file.behind
}

func (l *local) writeDirect(b *localBatch, f *spool.Frame, file *localFile) error {
	own := file.text
	b.touch(file)
	file.text, file.fresh = f.Payload, lineCount{uint64(f.Lines), uint64(len(f.Payload))}
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

// takeBuffer and giveBuffer keep the memory of texts: of many files few have one at a time.
func (l *local) takeBuffer() []byte {
	n := len(l.buffers)
	if n == 0 {
		return make([]byte, 0, 4<<10)
	}
	b := l.buffers[n-1]
	l.buffers = l.buffers[:n-1]
	return b
}

func (l *local) giveBuffer(b []byte) {
	const most, largest = 64, 2 * localBatchSize
	if cap(b) > 0 && cap(b) <= largest && len(l.buffers) < most {
		l.buffers = append(l.buffers, b[:0])
	}
}

// flush writes the batch.
func (l *local) flush(b *localBatch) error {
	if err := l.writeAll(b); err != nil {
		return err
	}
	return l.written(b)
}

// filesAtOnce is how many files are written between two looks how many are open.
const filesAtOnce = 32

// writeAll writes the lines of all files, but for those of files that fail alone. After an error
// the others are still to be written.
func (l *local) writeAll(b *localBatch) error {
	l.writing = b
	for from := 0; from < len(b.files); from += filesAtOnce {
		some := b.files[from:min(from+filesAtOnce, len(b.files))]
		l.makeReady(some)
		for _, file := range some {
			if len(file.text) == 0 {
				continue
			}
			if err := l.writeOrLeaveOut(b, file); err != nil {
				if err := l.failed(b, file, err); err != nil {
					return err
				}
				continue
			}
			file.text, file.fresh, file.written = file.text[:0], lineCount{}, true
		}
	}
	return nil
}

// written notes that the batch is in its files, or waits for those that are behind.
func (l *local) written(b *localBatch) error {
	l.writing = nil
	if len(b.open.places) == 0 {
		return nil
	}
	if b.late {
		l.caughtUp(b.open.places)
	} else {
		b.open.apply(l.done)
		for file := range l.apart {
			if !file.behind {
				file.rejoin(l.done, b.open.places)
			}
			if len(file.at) == 0 && !file.behind {
				delete(l.apart, file)
			}
		}
	}
	l.counts.take(l.pending)
	l.progress.report.wrote(b.open.received, time.Now())
	for _, file := range b.files {
		file.waits.add(file.passed)
		file.passed, file.taken = lineCount{}, lineCount{}
		file.touched, file.written = false, false
		l.giveBuffer(file.text)
		file.text = nil
	}
	b.files, b.size = b.files[:0], 0
	b.open.reset()
	l.dirty = true
	return l.commitDue()
}
