package consumer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
)

// Cursor is the durable position of a consumer. The consumer commits it, one goroutine at a time;
// the deliverer asks, from any goroutine, what of the spool the consumer needs no more.
type Cursor struct {
	name    string
	path    string
	sync    bool // records are whole after a power failure too
	catalog *spool.Catalog
	writing chan struct{} // holds one while a record is written
	stale   atomic.Bool   // the last CommitLater failed

	mu      sync.Mutex          // guards what follows: of the last record that was committed
	safe    spool.Positions     // spool files that end before it may go
	reached spool.Positions     // accepted, and perhaps being sent again
	streams cursor.StreamCounts // of the local log
	renamed bool                // a synced record was put in place since Secure
}

func (p *Cursor) begin(o *ProgressOptions) {
	p.name, p.path, p.sync, p.catalog = o.Name, o.StateDir.Cursor(o.Name), o.Sync, o.Catalog
	p.writing = make(chan struct{}, 1)
}

// Name is the name of the cursor: statedir.LocalCursor, or statedir.RelayCursor of a relay's name.
func (p *Cursor) Name() string { return p.name }

// Commit makes the record durable, and then known to the deliverer. It drops spool files that are
// gone from the record. It waits for the disk. After an error the record of before holds.
func (p *Cursor) Commit(c cursor.Record) error {
	p.prune(&c)
	p.writing <- struct{}{}
	defer func() { <-p.writing }()
	return p.write(c, p.sync)
}

// CommitSynced is Commit of a record that survives a power failure, also of a consumer whose records do not.
func (p *Cursor) CommitSynced(c cursor.Record) error {
	p.prune(&c)
	p.writing <- struct{}{}
	defer func() { <-p.writing }()
	if err := p.write(c, true); err != nil {
		return err
	}
	return record.SyncDir(filepath.Dir(p.path))
}

// CommitLater is Commit in the background, for a consumer whose lines must not
// wait for the disk. It returns false, and does nothing, while an earlier commit is
// not done. It calls done, in another goroutine, when the commit is.
func (p *Cursor) CommitLater(c cursor.Record, done func(error)) bool {
	select {
	case p.writing <- struct{}{}:
	default:
		return false
	}
	p.prune(&c)
	c.Accepted, c.Safe = c.Accepted.Clone(), c.Safe.Clone()
	go func() {
		defer func() { <-p.writing }()
		fault.Point("relay.commit.before")
		err := p.write(c, p.sync)
		fault.Point("relay.commit.after")
		p.stale.Store(err != nil)
		done(err)
	}()
	return true
}

// prune drops the files that are gone, but not from the relay's own Had and Peak, which an
// earlier record that is still being written may share.
func (p *Cursor) prune(c *cursor.Record) {
	p.catalog.Prune(c.Accepted)
	p.catalog.Prune(c.Safe)
	if c.Done != nil {
		p.catalog.Prune(c.Done)
	}
	for _, f := range c.Files {
		p.catalog.Prune(f.At)
	}
	if c.Had != nil {
		c.Had = c.Had.Clone()
		p.catalog.Prune(c.Had)
	}
	if c.Peak != nil {
		c.Peak = c.Peak.Clone()
		p.catalog.Prune(c.Peak)
	}
}

func (p *Cursor) write(c cursor.Record, sync bool) error {
	if err := record.Write(p.path, c, sync); err != nil {
		if errors.Is(err, fs.ErrNotExist) { // the directory was removed
			_ = os.Mkdir(filepath.Dir(p.path), 0o750) // but not the state directory's, if that has gone
		}
		if !p.sync { // an older record costs repeats; known all the same, so that delivered spool does not fill the disk
			p.Publish(c)
		}
		return fmt.Errorf("cursor of %s: %w", p.name, err)
	}
	p.Publish(c)
	return nil
}

// Secure makes certain that after a power failure the record is no older than the position that
// Passed goes by: only then may spool files go. Without sync it does nothing: an older record only
// makes a relay repeat lines.
func (p *Cursor) Secure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.sync || !p.renamed {
		return nil
	}
	if err := record.SyncDir(filepath.Dir(p.path)); err != nil {
		return fmt.Errorf("cursor of %s: %w", p.name, err)
	}
	p.renamed = false
	return nil
}

// Publish makes a record known to the deliverer without making it durable.
func (p *Cursor) Publish(c cursor.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reached = c.Reached()
	p.safe = c.Safe.Clone()
	p.streams = c.Streams
	p.renamed = true
}

// Passed reports whether the consumer will never need a file of that size again.
func (p *Cursor) Passed(f *spool.File, size int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	pos, ok := p.safe[f.ID]
	return ok && pos.Offset >= size
}

// Lags reports whether the consumer has not accepted the file's bytes up to size.
func (p *Cursor) Lags(f *spool.File, size int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reached[f.ID].Offset < size
}

// Waiting is how many bytes of those files the consumer has not accepted.
func (p *Cursor) Waiting(files []*spool.File) (bytes uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range files {
		if size, err := f.Size(); err == nil && size > p.reached[f.ID].Offset {
			bytes += uint64(size - p.reached[f.ID].Offset)
		}
	}
	return bytes
}

// IsStale reports whether the last commit in the background failed.
func (p *Cursor) IsStale() bool { return p.stale.Load() }

// Has reports whether the consumer has accepted all lines of the span.
func (p *Cursor) Has(s *cursor.Span) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, place := range s.Places {
		if p.reached[place.File].Offset < place.Pos.Offset {
			return false
		}
	}
	return true
}

// Lines is how many lines the local log has.
func (p *Cursor) Lines() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.streams.Lines()
}
