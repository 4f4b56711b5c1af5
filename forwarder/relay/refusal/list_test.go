package refusal

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool/frame"
)

// TestListRecord: what a process knew to be refused is there for the next one.
func TestListRecord(t *testing.T) {
	var l, l2 List
	rec := new(cursor.Doubt)
	if l.Record(rec) {
		t.Error("a record of nothing")
	}
	id := cursor.MessageID{File: frame.FileID{Number: 1}, Offset: 40, Line: 2}
	l.Add(id, 8192, time.Now())
	if !l.Record(rec) {
		t.Error("nothing is recorded")
	}
	l2.Restore(rec)
	if size, refused := l2.Of(id); size != 8192 || !refused || !l2.In(id.File) || len(l2.times) != 1 {
		t.Errorf("%+v", l2)
	}
}
