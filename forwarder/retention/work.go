package retention

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
)

// directory is what is known of a directory since it was read.
type directory struct {
	read    bool
	changed time.Time // its modification time then
	next    time.Time // when it is to be read again, own time; zero: not before it changes
	holds   bool      // it has files that recovery may still have to cut
	files   int
	bytes   int64
	oldest  time.Time
}

// due reports whether a directory is to be read.
func (d *directory) due(path string, now time.Time) bool {
	if !d.read || !d.next.IsZero() && !now.Before(d.next) {
		return true
	}
	return !modified(path).Equal(d.changed)
}

// modified is when names in a directory changed last; zero where that cannot be told.
func modified(dir string) time.Time {
	var st unix.Stat_t
	if unix.Stat(dir, &st) != nil {
		return time.Time{}
	}
	return time.Unix(st.Mtim.Unix())
}

// by has the directory read at time t at the latest.
func (d *directory) by(t time.Time) {
	if d.next.IsZero() || t.Before(d.next) {
		d.next = t
	}
}

// pass is one pass of Run over the directories that are due.
type pass struct {
	*Keeper
	ctx     context.Context
	scanner *scanner
	policy  Policy
	now     time.Time
	full    bool // the disk is full
	settled bool // Options.Settled was called
}

// directory reads a directory and does what is due there.
func (p *pass) directory(path string, d *directory) {
	*d = directory{read: true, changed: modified(path)}
	if time.Since(d.changed) < time.Second {
		d.by(p.now.Add(time.Second)) // a later change in the same tick of the kernel's clock leaves the same time
	}
	c, err := p.scanner.read(path)
	p.failed.clear(path)
	p.failed.set(scanning, path, err)
	if err != nil {
		d.by(p.now.Add(retryEvery))
		return
	}
	if d.holds = c.holds; d.holds {
		d.by(p.now.Add(lookEvery)) // or when Rotated says so
	}
	for _, partial := range c.partials {
		p.failed.set(removing, partial, ignoreMissing(os.Remove(partial)))
	}
	for _, files := range logs(c.files) {
		p.log(files, d)
	}
	if p.failed.in(path) {
		d.by(p.now.Add(retryEvery))
	}
	if !c.holds {
		p.forget(path, c.files)
	}
}

// log does what is due with the files of one log.
func (p *pass) log(files []file, d *directory) {
	gone, next := p.policy.expired(files, p.now)
	if !next.IsZero() {
		d.by(next)
	}
	for _, r := range gone {
		if p.ctx.Err() == nil && p.remove(r) {
			files = slices.DeleteFunc(files, func(f file) bool { return f.plain == r.plain })
		}
	}
	waiting := 0
	for _, f := range files {
		if !f.compressed {
			waiting++
		}
	}
	for i := range files {
		f := &files[i]
		if f.both || p.policy.Compress && !f.compressed {
			p.compress(f, waiting > behind)
			waiting--
		}
		d.add(f)
	}
}

// add counts a file.
func (d *directory) add(f *file) {
	d.files++
	d.bytes += f.size
	if d.oldest.IsZero() || f.rotated.Before(d.oldest) {
		d.oldest = f.rotated
	}
}

// behind is how many files may wait to be compressed before the work is done without pauses.
const behind = 3

// secure calls Options.Settled once in a pass, before the first change.
func (p *pass) secure() error {
	if p.settled {
		return nil
	}
	err := p.o.Settled()
	p.settled = err == nil
	return err
}

// remove removes a file, after an event that tells of the removal. It reports whether the file is gone.
func (p *pass) remove(r removal) bool {
	err := p.secure()
	if err == nil {
		err = p.unlink(r)
	}
	p.failed.set(removing, r.path(), err)
	return err == nil
}

func (p *pass) unlink(r removal) error {
	path := r.path()
	if !p.announced[path] {
		p.announced[path] = true
		p.tell(event.RotatedRemoved.With("file", path, "time", r.rotated.In(p.scanner.zone).Format(time.RFC3339), "bytes", r.size, "why", r.why))
	}
	fault.Point("expire.before")
	err := fault.Error("expire.remove")
	if err == nil {
		err = ignoreMissing(os.Remove(path))
	}
	if err == nil && r.both {
		err = ignoreMissing(os.Remove(r.plain + compressSuffix))
	}
	fault.Point("expire.after")
	if err == nil {
		delete(p.announced, path)
	}
	return err
}

// compress compresses a file, or finishes a compression that a kill has interrupted.
func (p *pass) compress(f *file, hurry bool) {
	if p.ctx.Err() != nil {
		return
	}
	p.busy.Store(true)
	err := p.secure()
	if err == nil && f.both {
		err = p.settle(f)
	}
	if err == nil && p.policy.Compress && !f.compressed {
		err = compress(p.ctx, f.plain, hurry)
		f.compressed = err == nil
	}
	if p.ctx.Err() != nil || errors.Is(err, fs.ErrNotExist) { // somebody has taken it away
		err = nil
	}
	p.failed.set(compressing, f.plain, err)
	var st unix.Stat_t
	if unix.Lstat(f.path(), &st) == nil {
		f.size = st.Size
	}
}

// settle decides between a file and a compressed one beside it.
func (p *pass) settle(f *file) error {
	left, err := settle(p.ctx, f.plain)
	if err != nil {
		return err
	}
	f.both, f.compressed = false, left != f.plain
	if !f.compressed {
		p.tell(event.RotatedPartial.With("file", f.plain+compressSuffix, "was", filepath.Base(f.plain)))
	}
	return nil
}

// size removes the oldest of all files where they are too large together.
func (p *pass) size(dirs []string) {
	var total int64
	for _, dir := range dirs {
		total += p.dirs[dir].bytes
	}
	if p.policy.KeepSize == 0 || total <= p.policy.KeepSize || p.now.Before(p.sizeAt) {
		return
	}
	p.sizeAt = p.now.Add(retryEvery) // if the removals fail
	for _, r := range p.policy.oversized(p.all(dirs)) {
		if p.ctx.Err() != nil {
			return
		}
		if d := p.dirs[filepath.Dir(r.plain)]; p.remove(r) {
			d.files--
			d.bytes -= r.size
			d.read = false
		}
	}
}

// all are the files of all directories, the oldest first.
func (p *pass) all(dirs []string) (files []file) {
	for _, dir := range dirs {
		c, err := p.scanner.read(dir)
		p.failed.set(scanning, dir, err)
		files = append(files, c.files...)
	}
	slices.SortFunc(files, older)
	return files
}

// shortage tells what a shorter retention would free, on a disk that is full.
func (p *pass) shortage(dirs []string) {
	p.enough()
	if p.fullAt = p.now; p.fullTold {
		return
	}
	if p.fullSince.IsZero() {
		p.fullSince = p.now
	}
	_, p.fullTold = p.o.Tell(event.DiskFull.With("dir", p.o.Dir, "advice", p.advice(p.all(dirs))))
}

// advice says what would free a disk that is full.
func (p *pass) advice(files []file) string {
	if len(files) == 0 {
		return "there are no rotated files that a shorter retention would free; make room"
	}
	return fmt.Sprintf("%s of it are %d rotated files, the oldest of %s. %s. In force: %s",
		bytesOf(sum(files)), len(files), files[0].rotated.In(p.scanner.zone).Format(time.DateOnly), p.policy.wouldFree(files, p.now), p.policy.Words())
}

// enough tells that a disk has room again that was full, when nobody has found it full for a while.
func (p *pass) enough() {
	if p.fullAt.IsZero() {
		p.fullAt = p.now // it was full when the process was started, or was not
	}
	if p.fullSince.IsZero() || p.now.Sub(p.fullAt) <= fullOver {
		return
	}
	if _, told := p.o.Tell(event.DiskOK.With("dir", p.o.Dir, "after", p.now.Sub(p.fullSince).Round(time.Second))); told {
		p.fullSince, p.fullTold = time.Time{}, false
	}
}

// fullOver is how long after the last call of Full the disk counts as no longer full.
const fullOver = 5 * time.Minute

// tell logs an event. If that cannot be done now, tellUntold does it later.
func (k *Keeper) tell(e event.Event) {
	const most = 1000
	if len(k.untold) >= most {
		return
	}
	k.untold = append(k.untold, e)
	k.tellUntold()
}

func (k *Keeper) tellUntold() {
	for len(k.untold) > 0 {
		if _, told := k.o.Tell(k.untold[0]); !told {
			return
		}
		k.untold = k.untold[1:]
	}
}

// forget drops the logs of a directory that have no rotated files any more and get none.
func (p *pass) forget(dir string, files []file) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for log := range p.known {
		if filepath.Dir(log) == dir && !p.o.Live(log) && !slices.ContainsFunc(files, func(f file) bool { return f.log == log }) {
			delete(p.known, log)
			p.outdated = true
		}
	}
}
