package consumer

import (
	"testing"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
)

// TestCommitLaterWaitsForNothing: a consumer goes on while its record is written, and makes no other one
// until that is done.
func TestCommitLaterWaitsForNothing(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	p := NewProgress(ProgressOptions{StateDir: dir, Name: "relay-central", Catalog: spool.NewCatalog(dir.Spool())})
	goOn, done := make(chan struct{}), make(chan error)
	first := p.CommitLater(cursor.Record{Clean: true}, func(err error) {
		<-goOn
		done <- err
	})
	if !first || p.CommitLater(cursor.Record{}, func(error) { t.Error("a second record is written meanwhile") }) {
		t.Error("it is not the first record alone that is written")
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := p.Commit(cursor.Record{}); err != nil { // which waits for the first one to be done
		t.Error(err)
	}
	if !p.CommitLater(cursor.Record{Clean: true}, func(err error) { done <- err }) {
		t.Error("no further record is written")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if c, err := cursor.Read(dir.Cursor("relay-central")); err != nil || !c.Clean {
		t.Errorf("the record is %+v, %v", c, err)
	}
}
