package forwarder

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/rotate"
)

// FoundFile is what a start of the delivery has found wrong with a file of the local log.
type FoundFile struct {
	File string    `json:"file"`
	Time time.Time `json:"time"` // when it was found
	// Lines and Bytes stand in the file behind what is recorded of it, and are not in the spool.
	Lines uint64 `json:"lines,omitempty"`
	Bytes uint64 `json:"bytes,omitempty"`
	Twice bool   `json:"twice,omitempty"` // lines may be in the file twice
	// Short is how many bytes the file has less than is recorded.
	Short int64 `json:"short,omitempty"`
	// Replaced: the file is not the one that is recorded.
	Replaced bool `json:"replaced,omitempty"`
}

// maxFound bounds what is kept of them.
const maxFound = 100

// recover takes the log up where the record says that it was.
func (l *local) recover() error {
	l.files, l.apart, l.behind = make(map[string]*localFile), make(map[*localFile]bool), 0
	l.found, l.damage = l.last.Found, l.last.Damage
	l.leftOut = maps.Clone(l.last.LeftOut)
	l.done, l.counts = l.last.Accepted.Clone(), l.last.Streams.clone()
	if l.last.Done != nil {
		l.done = l.last.Done.Clone()
	}
	l.reader.Reset(l.done)
	for path, pos := range l.last.Logs {
		l.knownFile(path).pos = pos
	}
	for path, r := range l.last.Files {
		file := l.knownFile(path)
		file.at, file.waits, file.oldest = r.At.Clone(), lineCount{r.Lines, r.Bytes}, r.Oldest
		l.apart[file] = true
	}
	for _, file := range l.files {
		if err := l.settle(file); err != nil {
			l.hold(file, err)
		} else if !file.isLevel(l.done) {
			file.behind = true
			l.behind++
		}
	}
	l.progress.publish(l.last)
	return nil
}

func (l *local) knownFile(path string) *localFile {
	name := l.nameOf(path)
	st, host := l.streams.ofFile(name)
	if st == nil {
		return l.fileOf(name, "") // a former stream's
	}
	file := l.fileOf(name, st.Name)
	if st.hosts != nil {
		st.hosts.files[host] = file
	}
	return file
}

// settle makes a file what it was at the last commit, as far as the spool has what came behind. It
// is called before anything is written to the file.
func (l *local) settle(file *localFile) error {
	if !file.unsettled {
		return nil
	}
	l.closeSome(nil)
	r := reconciler{l: l, file: file}
	defer r.close()
	rec, err := file.log.Recover(file.pos, r.keep)
	if err != nil {
		return err
	}
	r.apply()
	l.tellRecovery(&r, rec)
	file.unsettled, file.distrusted = false, false
	return nil
}

// tellRecovery makes an event of what was found, and a finding of what somebody should look at.
func (l *local) tellRecovery(r *reconciler, rec rotate.Recovery) {
	file := r.file
	if rec.Cut > 0 && !l.cutTold {
		l.cutTold = true
		l.events.log(syslogfmt.Warning, "local log: %s cut back by %d bytes to what was committed; its lines are written again", rec.Path, rec.Cut)
	}
	if file.pos.IsZero() && len(r.there) == 0 {
		return // a file that was there before there was a record
	}
	found := FoundFile{
		File: file.name, Time: time.Now(), Lines: r.strange.lines, Bytes: r.strange.bytes,
		Twice: r.strange.lines > 0 && r.mayRepeat(), Short: rec.Short, Replaced: rec.Other,
	}
	if found.Lines == 0 && found.Short == 0 && !found.Replaced {
		return
	}
	l.events.log(syslogfmt.Warning, "local log: %s", found)
	l.found = append(l.found[:len(l.found):len(l.found)], found)
	if n := len(l.found); n > maxFound {
		l.found = l.found[n-maxFound:]
	}
	l.dirty = true
}

// unseen are those that nobody has acknowledged.
func unseen(found []FoundFile, until time.Time) []FoundFile {
	return slices.DeleteFunc(slices.Clone(found), func(f FoundFile) bool { return !f.Time.After(until) })
}

// dropSeen forgets what somebody has acknowledged.
func (l *local) dropSeen() {
	if len(l.found) == 0 {
		return
	}
	left := unseen(l.found, statedir.Acknowledged(l.stateDir))
	if n := len(l.found) - len(left); n > 0 {
		l.events.log(syslogfmt.Notice, "local log: %d findings in its files were acknowledged", n)
		l.found, l.dirty = left, true
	}
}

// String says it in a sentence.
func (f FoundFile) String() string {
	text := f.File
	if f.Replaced {
		text += " is not the file that is recorded, which was moved or removed, or replaced by a copy"
	}
	if f.Short > 0 {
		text += fmt.Sprintf(" is %d bytes shorter than recorded: it was truncated, or lost its end in a power failure; what is missing is not written again", f.Short)
	}
	if f.Lines > 0 {
		if f.Replaced || f.Short > 0 {
			text += "; it"
		}
		text += fmt.Sprintf(" has %d lines (%d bytes) behind what is recorded that the spool does not have; they stay, and delivery goes on behind them: ", f.Lines, f.Bytes)
		if f.Twice {
			text += "lines that are in the spool still may be there twice"
		} else {
			text += "no line is there twice"
		}
		text += " (an older state directory, or another program that writes to the file)"
	}
	return text
}

// textFor appends what a file gets of a frame, and tells how many lines that is.
func (l *local) textFor(dst []byte, f *spool.Frame, file *localFile) ([]byte, int) {
	st := l.streams.of(f)
	if f.Lines == 0 && len(f.Payload) == 0 {
		return dst, 0
	}
	if st.hosts != nil && f.Kind != spool.Event {
		return l.textForHost(dst, f, st, file)
	}
	if st.File != file.name {
		return dst, 0
	}
	return append(dst, l.render(f, st)...), f.Lines
}
