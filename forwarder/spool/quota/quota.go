// Package quota keeps a spool within a size, to one frame for each of its writers.
package quota

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// Quota is one writer's. Every writer has one of its own, and they know nothing of each other but the files.
// Not for concurrent use.
type Quota struct {
	dir string
	max int64
	now func() time.Time // for tests

	left   int64     // bytes that may be written without a look
	looked time.Time // when the last look was
	full   bool      // at the last look

	listed   time.Time // when the directory was read
	changed  time.Time // when a name in it had changed last, by then
	complete int64     // size of the files that have a successor
	growing  []string  // the others
	lists    int       // how often it was read
}

// New returns the quota of a spool directory that may have max bytes.
func New(dir string, max int64) *Quota { return &Quota{dir: dir, max: max, now: time.Now} }

const (
	// muchRoom is more than all writers together write within trustLook.
	muchRoom  = 64 << 20
	trustLook = 100 * time.Millisecond
	// timeGrain is more than that of a file system's times.
	timeGrain = 20 * time.Millisecond
)

// Fit is the length of the frames, whole ones, that may be written now: one at least as long
// as the spool is smaller than it may be. 0: it is full. It looks before each frame where there
// is little room, and where there is much if the last look was a tenth of a second ago. Of files that
// do not grow it looks at the directory's time alone.
func (q *Quota) Fit(frames []byte) int {
	if q.left <= 0 || q.now().Sub(q.looked) >= trustLook {
		q.look()
	}
	if q.full {
		return 0
	}
	n := len(frames)
	if int64(n) > q.left {
		if n = frame.Whole(frames[:max(0, q.left)]); n == 0 {
			n, _ = frame.Len(frames) // they are whole
		}
	}
	q.left -= int64(n)
	return n
}

// Renew looks if the last look will soon be too old for Fit. Behind a write it costs no line time, before the
// next one it would.
func (q *Quota) Renew() {
	if q.now().Sub(q.looked) >= trustLook/2 {
		q.look()
	}
}

// Full reports whether nothing may be written now. It looks a hundred times a second at most.
func (q *Quota) Full() bool {
	if q.now().Sub(q.looked) >= 10*time.Millisecond {
		q.look()
	}
	return q.full
}

// look finds out how much room there is.
func (q *Quota) look() {
	q.looked = q.now()
	room := q.max - q.size()
	q.full, q.left = room <= 0, 0
	if room > muchRoom {
		q.left = room / 64
	}
}

// size is that of the spool. A directory whose time is as it was has the same files.
func (q *Quota) size() int64 {
	var changed time.Time
	if st, err := os.Stat(q.dir); err == nil {
		changed = st.ModTime()
	}
	if q.listed.IsZero() || !changed.Equal(q.changed) || q.listed.Sub(changed) <= timeGrain {
		q.list()
		q.changed = changed
	}
	total := q.complete
	for _, path := range q.growing {
		total += sizeOf(path)
	}
	return total
}

func (q *Quota) list() {
	q.listed = q.now()
	q.lists++
	q.complete, q.growing = 0, q.growing[:0]
	c := spool.NewCatalog(q.dir)
	_ = c.Look() // one that cannot be read cannot be written to either
	files := c.Files()
	for i, f := range files {
		if i+1 < len(files) && files[i+1].ID.Writer == f.ID.Writer {
			q.complete += sizeOf(f.Path)
		} else {
			q.growing = append(q.growing, f.Path)
		}
	}
}

// DirSize is the size of all files in a spool directory; 0 where it cannot be read.
func DirSize(dir string) int64 { return New(dir, 0).size() }

// sizeOf is a file's size; 0: it has gone.
func sizeOf(path string) int64 {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return 0
	}
	return st.Size
}
