package forwarder

import (
	"cmp"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// makeRoom frees spool before its time when there is too much of it. What goes
// first is what everybody has accepted and some server may have to get again; on a
// disk that is short of room that is all that goes, and it goes before the local log
// leaves anything out, which it does where the disk is nearly full. Above MaxSpool
// relays are asked to give up the oldest files that only they still need: the local
// log has them. With KeepAll they are not.
// It reports whether to look again soon.
func (d *deliverer) makeRoom() (soon bool) {
	dir := statedir.SpoolDir(d.o.StateDir)
	short := spool.Short(dir)
	soon = short && (d.watcher.rhythm.IsLively() || spool.NearlyFull(dir))
	for _, p := range d.consumers.all() {
		p.hurried.Store(short)
	}
	files, total := d.oldestFirst()
	over := d.o.MaxSpool > 0 && total > d.o.MaxSpool
	if !short && !over {
		return false
	}
	for _, f := range files {
		switch {
		case d.allAccepted(f.File, f.size):
			d.remove(f.File)
		case d.o.KeepAll || d.o.MaxSpool == 0 || total <= d.o.MaxSpool || !d.consumers.all()[0].passed(f.File, f.size): // the first is the local log
			continue
		default:
			d.askToGiveUp(f.File, f.size)
		}
		total -= f.size
	}
	return soon
}

// sizedFile is a complete file of the spool.
type sizedFile struct {
	*spool.File
	size    int64
	written time.Time
}

// oldestFirst are the complete files, those of one writer in its order whatever the
// clock said; total is the size of all.
func (d *deliverer) oldestFirst() (files []sizedFile, total int64) {
	for _, f := range d.catalog.Files() {
		var st unix.Stat_t
		if unix.Stat(f.Path, &st) != nil {
			continue // it has gone
		}
		total += st.Size
		if f.Complete() {
			written := time.Unix(st.Mtim.Unix())
			if n := len(files); n > 0 && files[n-1].ID.Writer == f.ID.Writer && written.Before(files[n-1].written) {
				written = files[n-1].written
			}
			files = append(files, sizedFile{f, st.Size, written})
		}
	}
	slices.SortStableFunc(files, func(a, b sizedFile) int { return cmp.Compare(a.written.UnixNano(), b.written.UnixNano()) })
	return files, total
}

func (d *deliverer) allAccepted(f *spool.File, size int64) bool {
	for _, p := range d.consumers.all() {
		if p.lags(f, size) {
			return false
		}
	}
	return true
}

func (d *deliverer) askToGiveUp(f *spool.File, size int64) {
	for _, p := range d.consumers.relays() {
		if p.lags(f, size) {
			p.askToGiveUp(f)
		}
	}
}

// remove deletes a file that is not needed any more. It reports whether it has.
func (d *deliverer) remove(f *spool.File) bool {
	err := d.secure()
	if err == nil {
		err = d.catalog.Remove(f)
	}
	d.removing, d.removed = cmp.Or(d.removing, err), d.removed || err == nil
	return err == nil
}

// tellRemovals tells whether the files that nobody needs any more could be removed. Where
// there was none it is not known.
func (d *deliverer) tellRemovals() {
	if d.removing != nil || d.removed {
		d.events.trouble(syslogfmt.Err, "delivered spool files cannot be removed", d.removing)
	}
	d.removing, d.removed = nil, false
}

// relaysHave reports whether there are relays and each has accepted what the span
// ends with.
func (d *deliverer) relaysHave(s *span) bool {
	relays := d.consumers.relays()
	for _, p := range relays {
		if !p.has(s) {
			return false
		}
	}
	return len(relays) > 0
}
