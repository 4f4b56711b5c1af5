package forwarder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/rotate"
)

// commitEvery is how often a consumer makes its position durable: at each tick, if
// there is anything new, and not much oftener.
const commitEvery = idle.Tick / 2

// cursorRecord is the durable position of a consumer of the spool.
type cursorRecord struct {
	Accepted spool.Positions `json:"accepted"`
	// Safe is where to begin again after anything but a clean end. What lies
	// before it will never be needed again. An empty one is the beginning of the spool,
	// and is not to be taken for a missing one, which stands for Accepted.
	Safe  spool.Positions `json:"safe"`
	Clean bool            `json:"clean"` // the last end was a clean one
	// Had is what a server had accepted before the process died that sent it. It is sent
	// again, from Safe on, but may go where the spool has no room for it.
	Had spool.Positions `json:"had,omitempty"`
	// Peak is what any server had ever accepted, where that is more than Accepted: the lines
	// before it are repeats.
	Peak spool.Positions `json:"peak,omitempty"`
	// Logs are the local log's files by path, as they were at Accepted.
	Logs map[string]rotate.Position `json:"logs,omitempty"`
	// Streams is what the local log had counted at Accepted, Relay what a relay has.
	Streams streamCounts `json:"streams,omitempty"`
	Relay   *relayCount  `json:"relay,omitempty"`
	// Done is how far the local log has read, where some of its files are behind that, or ahead of
	// it; Accepted is then what none of them needs any more. Files are those, by path.
	Done  spool.Positions       `json:"done,omitempty"`
	Files map[string]fileRecord `json:"files,omitempty"`
	// Damage is what of the spool was passed over up to Accepted.
	Damage Damage `json:"damage,omitzero"`
	// Found is what starts have found in the local log, and nobody has acknowledged.
	Found []FoundFile `json:"found,omitempty"`
	// LeftOut are the lines, by file, that the local log lacks up to Accepted and no
	// event has told of yet.
	LeftOut map[string]int `json:"left_out,omitempty"`
	// Doubt is what a relay knows of messages that its servers do not take.
	Doubt *doubtRecord `json:"doubt,omitempty"`
}

// readCursor reads a consumer's record. One that does not exist is zero: the
// spool is read from its beginning.
func readCursor(path string) (cursorRecord, error) {
	var c cursorRecord
	err := spool.ReadRecord(path, &c)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if c.Accepted == nil {
		c.Accepted = spool.Positions{}
	}
	if c.Safe == nil {
		c.Safe = c.Accepted.Clone()
	}
	return c, err
}

// reached is what was accepted, and perhaps is being sent again.
func (c *cursorRecord) reached() spool.Positions {
	return joined(c.Accepted, c.Had)
}

// seen is what was ever accepted.
func (c *cursorRecord) seen() spool.Positions {
	return joined(c.reached(), c.Peak)
}

// read is how far the consumer has read.
func (c *cursorRecord) read() spool.Positions {
	if c.Done != nil {
		return c.Done
	}
	return c.Accepted
}

// place is where a file of the local log is in a spool file.
func (c *cursorRecord) place(path string, f spool.FileID) spool.Position {
	if pos, apart := c.Files[path].At[f]; apart {
		return pos
	}
	return c.read()[f]
}

// waiting are the lines that files of a stream are behind what was read, and when the first of them
// came in. Empty: of all streams.
func (c *cursorRecord) waiting(stream string) (n lineCount, oldest time.Time) {
	for _, r := range c.Files {
		if r.Lines == 0 || stream != "" && r.Stream != stream {
			continue
		}
		n.add(lineCount{r.Lines, r.Bytes})
		if oldest.IsZero() || r.Oldest.Before(oldest) {
			oldest = r.Oldest
		}
	}
	return n, oldest
}

// progress is what a consumer lets others know of itself.
type progress struct {
	name    string // of its cursor
	path    string // of its cursor
	sync    bool   // records are whole after a power failure too
	catalog *spool.Catalog
	report  report
	writing chan struct{} // holds one while a record is written
	stale   atomic.Bool   // the last commitLater failed
	knocked *atomic.Int64 // ns since 1970, when somebody last said that they wait for the record; nil: nobody can
	hurried atomic.Bool   // the disk is nearly full: commit often, for what is committed is freed

	mu       sync.Mutex
	safe     spool.Positions // committed: spool files behind it may go
	reached  spool.Positions // committed too: accepted, and perhaps being sent again
	atEnd    bool            // nothing left to do, for now
	unwanted []*spool.File   // to be given up, for want of room
	streams  streamCounts    // committed
	renamed  bool            // a synced record was put in place since secure
}

func newProgress(stateDir, name string, sync bool, c *spool.Catalog) *progress {
	return &progress{name: name, path: statedir.CursorPath(stateDir, name), sync: sync, catalog: c, writing: make(chan struct{}, 1)}
}

// commit makes the record durable and then known. Files that are gone are
// dropped from it.
func (p *progress) commit(c cursorRecord) error {
	p.prune(&c)
	p.writing <- struct{}{}
	defer func() { <-p.writing }()
	return p.write(c)
}

// commitLater is commit in the background, for a consumer whose lines must not
// wait for the disk. It returns false, and does nothing, while an earlier one is
// not done. It calls done when it is.
func (p *progress) commitLater(c cursorRecord, done func(error)) bool {
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
		err := p.write(c)
		fault.Point("relay.commit.after")
		p.stale.Store(err != nil)
		done(err)
	}()
	return true
}

// prune drops the files that are gone, but not from the relay's own Had and Peak, which an
// earlier record that is still being written may share.
func (p *progress) prune(c *cursorRecord) {
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

func (p *progress) write(c cursorRecord) error {
	if err := spool.WriteRecord(p.path, c, p.sync); err != nil {
		if errors.Is(err, fs.ErrNotExist) { // the directory was removed
			_ = os.Mkdir(filepath.Dir(p.path), 0o750) // but not the state directory's, if that has gone
		}
		if !p.sync { // an older record costs repeats, and what has arrived is not to fill the disk
			p.publish(c)
		}
		return fmt.Errorf("cursor of %s: %w", p.name, err)
	}
	p.publish(c)
	return nil
}

// secure makes certain that after a power failure the record is no older than
// what is known of it: spool files may go only then. Without sync an older one
// does no harm; it makes a relay repeat lines.
func (p *progress) secure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.sync || !p.renamed {
		return nil
	}
	if err := spool.SyncDir(filepath.Dir(p.path)); err != nil {
		return fmt.Errorf("cursor of %s: %w", p.name, err)
	}
	p.renamed = false
	return nil
}

func (p *progress) publish(c cursorRecord) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reached = c.reached()
	p.safe = c.Safe.Clone()
	p.streams = c.Streams
	p.renamed = true
}

// passed reports whether a file of that size is done with for good.
func (p *progress) passed(f *spool.File, size int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	pos, ok := p.safe[f.ID]
	return ok && pos.Offset >= size
}

// lags reports whether the consumer has not accepted the file's bytes up to size.
func (p *progress) lags(f *spool.File, size int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reached[f.ID].Offset < size
}

// commitDue reports whether it is time for a commit.
func (p *progress) commitDue(last time.Time) bool {
	every := commitEvery
	if p.hurried.Load() || p.isAwaited() {
		every = commitEvery / 10
	}
	return time.Since(last) >= every
}

// isAwaited reports whether somebody waits for the record.
func (p *progress) isAwaited() bool {
	return p.knocked != nil && time.Since(time.Unix(0, p.knocked.Load())) < commitEvery
}

func (p *progress) askToGiveUp(f *spool.File) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.unwanted, f) {
		p.unwanted = append(p.unwanted, f)
	}
}

// takeUnwanted returns the files that are to be given up.
func (p *progress) takeUnwanted() (files []*spool.File) {
	p.mu.Lock()
	defer p.mu.Unlock()
	files, p.unwanted = p.unwanted, nil
	return files
}

// has reports whether the consumer has accepted what the span ends with.
func (p *progress) has(s *span) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, place := range s.places {
		if p.reached[place.file].Offset < place.pos.Offset {
			return false
		}
	}
	return true
}

func (p *progress) setAtEnd(b bool) {
	p.mu.Lock()
	p.atEnd = b
	p.mu.Unlock()
}

func (p *progress) isAtEnd() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.atEnd
}
