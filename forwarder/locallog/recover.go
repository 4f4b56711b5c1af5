package locallog

import (
	"maps"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/locallog/apart"
	"httpd-syslog/forwarder/locallog/reconcile"
	"httpd-syslog/forwarder/locallog/shortage"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/rotate"
)

// recover brings a new local log, and its files, to the state of its record.
func (l *Log) recover() {
	l.state.found, l.state.damage = l.state.last.Found, l.state.last.Damage
	l.shortage.LeftOut, l.shortage.Numbers = maps.Clone(l.state.last.LeftOut), shortage.Clone(l.state.last.LeftOutNumbers)
	l.done, l.state.counts = l.state.last.Accepted.Clone(), l.state.last.Streams.Clone()
	if l.state.last.Done != nil {
		l.done = l.state.last.Done.Clone()
	}
	l.reader.Reset(l.done)
	if l.state.seals.Begin(l.state.last.Seals) {
		l.state.dirty = true
	}
	for path, pos := range l.state.last.Logs {
		l.knownFile(path).pos = pos
	}
	for path, r := range l.state.last.Files {
		file := l.knownFile(path)
		file.at, file.waits, file.oldest = apart.Positions(r.At.Clone()), lineCount{r.Lines, r.Bytes}, r.Oldest
		l.apart[file] = true
	}
	for _, file := range l.files.byName {
		if err := l.settle(file); err != nil {
			l.hold(file, err)
		} else if !file.at.IsLevel(l.done) {
			file.behind = true
			l.late.behind++
		}
	}
	l.Progress.Publish(l.state.last)
}

func (l *Log) knownFile(path string) *logFile {
	name := l.nameOf(path)
	st, host := l.streamOf(name)
	if st == nil {
		return l.fileOf(name, "") // a former stream's
	}
	file := l.fileOf(name, st.Name)
	if h := l.hostsOf(st); h != nil {
		h.files[host] = file
	}
	return file
}

// settle compares what a file has behind its last commit with the spool, and cuts off lines that were
// not written whole. It is called before anything is written to the file.
func (l *Log) settle(file *logFile) error {
	if !file.unsettled {
		return nil
	}
	l.closeSome(nil)
	r := reconcile.New(reconcile.File{
		Catalog: l.Catalog, Known: l.Streams.Known, At: file.at.All(l.done), Read: l.done,
		Unrecorded: file.pos.IsZero(), Distrusted: file.distrusted,
		Text: func(dst []byte, f *spool.Frame) ([]byte, int) { return l.textFor(dst, f, file) },
	})
	defer r.Close()
	rec, err := file.log.Recover(file.pos, r.Keep)
	if err != nil {
		return err
	}
	for f, pos := range r.There() {
		file.at.Move(f, pos)
		l.apart[file] = true
	}
	waited := lineCount{r.Waited().Lines, r.Waited().Bytes}
	file.waits.sub(waited)
	l.state.counts.Add(file.stream, cursor.StreamCount{Lines: waited.lines, Bytes: waited.bytes})
	l.tellRecovery(file, r, rec)
	file.seal.Settle(file.pos, rec, r.Strange().Lines > 0)
	l.takeOver(file, rec.Position)
	file.unsettled, file.distrusted = false, false
	return nil
}

// takeOver has the next commit record a settled file as it is. The file's positions in the spool are
// behind the lines that were found in it, and a record that has these positions with the former size
// would make the next process take the same lines for somebody else's.
func (l *Log) takeOver(file *logFile, now rotate.Position) {
	if now.IsZero() || now == file.pos {
		return
	}
	file.pos, file.unrecorded, l.state.dirty = now, true, true
}

// textFor appends the text that a file gets of a frame, and returns how many lines that is.
func (l *Log) textFor(dst []byte, f *spool.Frame, file *logFile) ([]byte, int) {
	st := l.Streams.Of(f)
	if l.hostsOf(st) != nil && f.Kind != frame.Event {
		return l.textForHost(dst, f, st, file)
	}
	if st.File != file.name {
		return dst, 0
	}
	return append(dst, l.render(f, st)...), f.Lines
}
