package inlet

import (
	"cmp"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/record"
)

// syncing is how far the frames of a Collecting are on the disk. While one sync runs, the frames that come
// wait for the next, which then is one for all of them. But for what says otherwise, Collecting.mu guards it.
//
// A file of which a sync has failed is not trusted again: the kernel tells of the failure once, forgets the
// pages, and then says of the same file that all is well. No message in it that waits is acknowledged, and
// later ones go to another file.
type syncing struct {
	on      atomic.Bool // messages are acknowledged only when a power failure cannot take them
	filling *batch      // of the frames that no sync has covered; nil: there are none
	retired []*os.File  // complete files, to be synced and closed
	due     chan struct{}
	named   string // for syncOnce alone: the file whose name is on the disk
}

// batch is what one sync is for.
type batch struct {
	done chan struct{} // closed when it was made
	err  error         // valid then: why the frames may not be on the disk
}

// add has the frames that were just written be of the next sync.
func (s *syncing) add() *batch {
	if s.filling == nil {
		s.filling = &batch{done: make(chan struct{})}
		select {
		case s.due <- struct{}{}:
		default:
		}
	}
	return s.filling
}

// letGo closes a file of the spool that is complete, after the next sync if that matters.
func (s *syncing) letGo(f *os.File) error {
	if !s.on.Load() {
		return f.Close()
	}
	s.retired = append(s.retired, f)
	select {
	case s.due <- struct{}{}:
	default:
	}
	return nil
}

// sync syncs what is due until the Collecting is closed, and then a last time.
func (c *Collecting) sync() {
	for {
		select {
		case <-c.syncing.due:
			c.syncOnce()
		case <-c.ended:
			c.syncOnce()
			return
		}
	}
}

// syncOnce makes one sync for all frames that were written before.
func (c *Collecting) syncOnce() {
	c.mu.Lock()
	s := &c.syncing
	b, retired, current := s.filling, s.retired, c.writer.File()
	s.filling, s.retired = nil, nil
	c.mu.Unlock()
	if b == nil && len(retired) == 0 {
		return
	}
	var err error
	for _, f := range retired {
		err = cmp.Or(err, s.syncFile(f))
		_ = f.Close() // it was synced, or is not trusted
	}
	if current != nil && b != nil {
		err = cmp.Or(err, s.syncFile(current))
	}
	c.settle(b, err)
}

// settle tells all who wait for a batch how its sync has gone.
func (c *Collecting) settle(b *batch, err error) {
	c.mu.Lock()
	if err != nil {
		if next := c.syncing.filling; next != nil {
			next.err = cmp.Or(next.err, err) // some of its frames are in the file that failed
		}
		_ = c.writer.Close()
	}
	c.mu.Unlock()
	if b == nil {
		return
	}
	b.err = cmp.Or(b.err, err)
	close(b.done)
	if c.o.Unsynced != nil {
		c.o.Unsynced(b.err)
	}
}

// syncFile puts a file, and the names on the way to it, on the disk.
func (s *syncing) syncFile(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	failed := fault.Error("collect.sync")
	err = raw.Control(func(fd uintptr) { // a descriptor that stays open meanwhile
		failed = cmp.Or(failed, unix.Fdatasync(int(fd)))
	})
	if err = cmp.Or(err, failed); err != nil {
		return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	if s.named == f.Name() {
		return nil
	}
	spool := filepath.Dir(f.Name())
	for _, dir := range []string{spool, filepath.Dir(spool)} {
		if err := record.SyncDir(dir); err != nil {
			return err
		}
	}
	s.named = f.Name()
	return nil
}

// batches are what the messages of a run wait for.
type batches []*batch

// add adds a batch, unless it is the last one.
func (all batches) add(b *batch) batches {
	if n := len(all); b == nil || n > 0 && all[n-1] == b {
		return all
	}
	return append(all, b)
}

// IsDone implements listener.Written.
func (all batches) IsDone() bool {
	for _, b := range all {
		select {
		case <-b.done:
			if b.err != nil {
				return false // Wait has the error
			}
		default:
			return false
		}
	}
	return true
}

// Wait implements listener.Written.
func (all batches) Wait(stop <-chan struct{}) error {
	for _, b := range all {
		select {
		case <-b.done:
			if b.err != nil {
				return b.err
			}
		case <-stop:
			return errStopped
		}
	}
	return nil
}

var _ listener.Written = batches(nil)
