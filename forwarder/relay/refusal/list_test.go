package refusal

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
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

// TestTrialOfAMessage: a message is cut for a trial until that ends, or it is added; one that is added twice is there once.
func TestTrialOfAMessage(t *testing.T) {
	var l List
	file, other := frame.FileID{Number: 1}, frame.FileID{Number: 2}
	id, next := cursor.MessageID{File: file, Offset: 40}, cursor.MessageID{File: file, Offset: 40, Line: 1}
	check := func(what string, size int, refused bool) {
		t.Helper()
		if got, is := l.Of(id); got != size || is != refused || l.In(file) != refused {
			t.Errorf("%s: %d, %t, in its file: %t", what, got, is, l.In(file))
		}
		if _, is := l.Of(next); is || l.In(other) {
			t.Errorf("%s: another message is refused", what)
		}
	}
	check("none", 0, false)
	l.Try(id, 480)
	check("a trial", 480, true)
	l.EndTrial()
	check("its end", 0, false)
	l.Try(id, 480)
	l.Add(id, 2048, time.Now())
	check("added", 2048, true)
	l.Add(id, 0, time.Now())
	check("set aside", 0, true)
	var rec cursor.Doubt
	if !l.Record(&rec) || len(rec.Messages) != 1 || len(rec.Times) != 2 {
		t.Errorf("%+v", rec)
	}
	l.Restore(nil)
	check("a record of nothing", 0, true)
}

// TestPerHour: so many messages may be refused in an hour, wherever the clock goes; times without a message are a record.
func TestPerHour(t *testing.T) {
	now := time.Unix(1e9, 0)
	var l List
	for i := range PerHour {
		at := now.Add(time.Duration(i) * time.Second)
		if next, may := l.MayAdd(at); !may || !next.Equal(at) {
			t.Fatalf("no more than %d, until %v", i, next)
		}
		l.times = append(l.times, at)
	}
	last := now.Add(PerHour * time.Second)
	for _, tt := range []struct {
		at  time.Time
		may bool
	}{{last, false}, {now.Add(time.Hour - 1), false}, {now.Add(time.Hour), true}} {
		if next, may := l.MayAdd(tt.at); may != tt.may || !may && !next.Equal(now.Add(time.Hour)) || may && !next.Equal(tt.at) {
			t.Errorf("%v: %t, next %v", tt.at, may, next)
		}
	}
	if len(l.times) != PerHour-1 {
		t.Errorf("%d times of the last hour", len(l.times))
	}
	var rec cursor.Doubt
	if !l.Record(&rec) || len(rec.Times) != PerHour-1 {
		t.Errorf("%d times are recorded", len(rec.Times))
	}
	if _, may := l.MayAdd(now.Add(-time.Hour)); !may || len(l.times) != 0 {
		t.Error("a clock that was stepped back has refusals wait")
	}
}

// TestForgotten: messages before what is safe, and of files that are gone, are forgotten, and no others.
func TestForgotten(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	testbed.NewLineWriter(t, dir, "access").Lines(1)
	catalog := spool.NewCatalog(dir.Spool())
	if err := catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	file := catalog.Files()[0].ID
	gone := frame.FileID{Writer: file.Writer, Number: file.Number + 9}
	var l List
	l.Prune(spool.Positions{}, catalog)
	messages := map[string]cursor.MessageID{
		"before": {File: file, Offset: 30, Line: 5}, "the last of those that are safe": {File: file, Offset: 40, Line: 1},
		"the next": {File: file, Offset: 40, Line: 2}, "behind": {File: file, Offset: 50}, "gone": {File: gone, Offset: 50},
	}
	for _, id := range messages {
		l.Add(id, 480, time.Now())
	}
	safe := spool.Positions{file: {Offset: 40, Lines: 2}}
	l.Prune(safe, catalog)
	for what, id := range messages {
		if _, refused := l.Of(id); refused != (what == "the next" || what == "behind") {
			t.Errorf("%s: refused: %t", what, refused)
		}
	}
	if !l.In(file) || l.In(gone) {
		t.Errorf("in its file: %t, in the one that is gone: %t", l.In(file), l.In(gone))
	}
	if l.Prune(spool.Positions{file: {Offset: 60}}, catalog); l.In(file) || len(l.sizes) != 0 {
		t.Errorf("%+v", l)
	}
}

// TestMessageInWords: all of it is said, in its order.
func TestMessageInWords(t *testing.T) {
	m := &Message{Stream: "access", ProcID: "4711-1", Seq: 17, Text: []byte("text")}
	if got, want := m.String(), "stream access, PROCID 4711-1, sequenceId 17, 4 bytes"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
