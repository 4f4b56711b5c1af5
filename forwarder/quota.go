package forwarder

import (
	"cmp"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool"
)

// keepToQuota frees spool before its time when the spool is above MaxSpool or the disk is short.
// Files that all consumers have accepted go first: they are kept only for servers that may have
// to get them again. On a short disk no others go, and these go before the local log leaves
// anything out, which it does where the disk is nearly full. Above MaxSpool relays are also asked
// to give up the oldest files that only they still need, which the local log has; with KeepAll
// they are not.
//
// It reports whether to look again soon.
func (d *deliverer) keepToQuota() (soon bool) {
	dir := d.o.StateDir.Spool()
	short, nearlyFull := spool.Shortage(dir)
	soon = short && (d.watcher.rhythm.IsLively() || nearlyFull)
	all := d.consumers.Load()
	for c := range all.all() {
		c.Hurry(short)
	}
	files, total := d.oldestFirst()
	over := d.o.MaxSpool > 0 && total > d.o.MaxSpool
	if !short && !over {
		return false
	}
	for _, f := range files {
		switch {
		case !all.lag(f.File, f.size):
			d.remove(f.File)
		case d.o.KeepAll || d.o.MaxSpool == 0 || total <= d.o.MaxSpool || !all.kept(f.File, f.size):
			continue
		default:
			all.askToGiveUp(f.File, f.size)
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

// oldestFirst are the complete files, the oldest first, and files of one writer in the order of
// their numbers even where the clock was set back. total is the size of all files in bytes.
func (d *deliverer) oldestFirst() (files []sizedFile, total int64) {
	for _, f := range d.catalog.Files() {
		complete := f.Complete() // asked first: what a file gets before it is complete is in its size then
		var st unix.Stat_t
		if unix.Stat(f.Path, &st) != nil {
			continue // it has gone
		}
		total += st.Size
		if complete {
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
