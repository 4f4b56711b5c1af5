package locallog

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/testbed"
)

func TestLocalLogAllocatesNothingPerLine(t *testing.T) {
	const lines = 500
	dir := t.TempDir()
	f := testbed.SpooledFrame(t, filepath.Join(dir, "spool"), lines)
	catalog := spool.NewCatalog(filepath.Join(dir, "spool"))
	if err := os.Mkdir(statedir.Dir(dir).Cursors(), 0o750); err != nil {
		t.Fatal(err)
	}
	events := audit.New(audit.Options{StateDir: statedir.Dir(dir)})
	l, err := New(Options{Dir: dir}, &consumer.Base{
		StateDir: statedir.Dir(dir), Catalog: catalog, Events: events,
		Progress: consumer.NewProgress(consumer.ProgressOptions{StateDir: statedir.Dir(dir), Name: statedir.LocalCursor, Catalog: catalog}),
		Streams:  stream.NewTable([]stream.Stream{{Name: "access", File: "access_log"}}),
	}, Others{Are: func() bool { return false }})
	must(t, err)
	t.Cleanup(func() {
		for _, file := range l.files.byName {
			must(t, file.log.Close())
		}
	})
	l.done, l.state.counts = spool.Positions{}, make(cursor.StreamCounts)
	allocs := testing.AllocsPerRun(100, func() {
		l.state.at = time.Now().Add(time.Hour)
		if err := l.add(&l.batch, f); err != nil {
			t.Fatal(err)
		}
	})
	const perWrite = 10 // a look at the path before each
	if allocs > perWrite {
		t.Errorf("%v allocations for a frame of %d lines", allocs, lines)
	}
}

// TestBatchIsUsedAgain: what a large frame has added at the end of a batch does not have its memory thrown
// away, and memory for many files stays bounded.
func TestBatchIsUsedAgain(t *testing.T) {
	var m memory
	frames := [][]byte{make([]byte, batchSize-1), make([]byte, 4*batchSize)}
	batch := func() {
		text := m.get()
		for _, f := range frames {
			text = append(text, f...)
		}
		m.put(text)
	}
	batch()
	if n := testing.AllocsPerRun(100, batch); n > 0 {
		t.Errorf("%v allocations for a batch", n)
	}
	for range 1000 {
		m.put(make([]byte, batchSize))
	}
	kept := 0
	for _, b := range m.buffers {
		kept += cap(b)
	}
	if kept > 32*batchSize {
		t.Errorf("%d bytes are kept", kept)
	}
}
