package locallog

import (
	"errors"
	"time"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/rotate"
)

// flush writes the batch.
func (l *Log) flush(b *batch) error {
	if err := l.writeAll(b); err != nil {
		return err
	}
	return l.written(b)
}

// filesAtOnce is how many files are written between two looks how many are open.
const filesAtOnce = 32

// writeAll writes the batch's lines to all files. A file that fails alone is held back, and is no
// error; after an error the files that are not written yet are still to be written.
func (l *Log) writeAll(b *batch) error {
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
			file.drop()
			file.written = true
		}
	}
	return nil
}

// written notes that the batch is in its files, or waits for those that are behind.
func (l *Log) written(b *batch) error {
	l.writing = nil
	if len(b.open.Places) == 0 {
		return nil
	}
	if b.late {
		l.caughtUp(b.open.Places)
	} else {
		b.open.Apply(l.done)
		l.state.seals.Applied()
		for file := range l.apart {
			if !file.behind {
				file.at.Rejoin(l.done, b.open.Places)
			}
			if len(file.at) == 0 && !file.behind {
				delete(l.apart, file)
			}
		}
	}
	l.state.counts.Absorb(l.pending)
	l.Progress.Wrote(b.open.Received, time.Now())
	for _, file := range b.files {
		file.waits.add(file.passed)
		file.passed, file.taken = lineCount{}, lineCount{}
		file.touched, file.written = false, false
		l.memory.put(file.text)
		file.text = nil
	}
	b.files, b.size = b.files[:0], 0
	b.open.Reset()
	l.state.dirty = true
	if err := l.sealDue(); err != nil {
		return err
	}
	return l.commitDue(true)
}

// write appends a file's lines.
func (l *Log) write(file *logFile) error {
	const tries = 5
	var err error
	for range tries {
		fault.Point("local.write.before")
		if err = fault.Error("local.write"); err == nil {
			err = file.log.Write(file.text)
		}
		fault.Point("local.write.after")
		if err == nil {
			file.dirty = true
			file.seal.Wrote(file.text, file.log.Position().Size)
		}
		if !errors.Is(err, rotate.ErrMoved) {
			return err
		}
		if err := l.reopen(file, err.Error()); err != nil {
			return err
		}
		if err := l.commit(); err != nil {
			return err
		}
	}
	return err
}
