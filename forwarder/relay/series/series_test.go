package series

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

func file(writer uint64, number uint32) frame.FileID {
	return frame.FileID{Writer: frame.WriterID{ID: writer, PID: 7}, Number: number}
}

// at is a position in file number of the writer 1.
func at(number uint32, offset int64) spool.Positions {
	return spool.Positions{file(1, number): {Offset: offset}}
}

const most = 48 << 10

// next has the next entry made, which ends at a place of writer 1, and returns its mark.
func (s *Series) next(number uint32, offset int64) []byte {
	mark, _ := s.Next(at(number, offset), nil, most)
	s.Appended()
	return mark
}

// TestBegin: where a relay goes on, by what it knows and what the store has.
func TestBegin(t *testing.T) {
	t.Parallel()
	known, safe := at(1, 500), at(1, 100)
	for name, tt := range map[string]struct {
		place  string
		last   func(before, now *Series) []byte // before is the process that wrote the record
		at     int64
		lacks  uint64
		behind bool
		err    error
	}{
		"as recorded":                  {"here", func(s, _ *Series) []byte { return s.next(1, 500) }, 500, 0, false, nil},
		"further than recorded":        {"here", func(s, _ *Series) []byte { s.next(1, 500); return s.next(1, 900) }, 900, 0, false, nil},
		"as many, which are shorter":   {"here", func(s, _ *Series) []byte { return s.marked(3, at(1, 400), false) }, 400, 0, false, nil},
		"more, which are shorter":      {"here", func(s, _ *Series) []byte { return s.marked(9, at(1, 400), false) }, 400, 0, false, nil},
		"an entry less":                {"here", func(s, _ *Series) []byte { return s.marked(2, at(1, 300), false) }, 300, 1, true, nil},
		"an entry less, of all but":    {"here", func(s, _ *Series) []byte { return s.marked(1, at(1, 50), false) }, 100, 2, true, nil},
		"less, and the mark is a part": {"here", func(s, _ *Series) []byte { return s.marked(2, at(1, 300), true) }, 100, 1, true, nil},
		"a part of more":               {"here", func(s, _ *Series) []byte { return s.marked(4, at(2, 30), true) }, 500, 0, false, nil},
		"nothing":                      {"here", func(_, _ *Series) []byte { return nil }, 100, 3, true, nil},
		"nothing elsewhere":            {"there", func(_, _ *Series) []byte { return nil }, 500, 0, false, nil},
		"less elsewhere":               {"there", func(s, _ *Series) []byte { return s.marked(2, at(1, 300), false) }, 500, 0, false, nil},
		"this process":                 {"here", func(_, s *Series) []byte { return s.marked(4, at(1, 600), false) }, 600, 0, false, nil},
		"somebody else":                {"here", func(_, _ *Series) []byte { return New(nil).next(1, 900) }, 0, 0, false, ErrForeign},
		"no mark":                      {"here", func(_, _ *Series) []byte { return []byte("x") }, 0, 0, false, ErrForeign},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := New(nil)
			if _, err := before.Begin("here", nil, nil, nil); err != nil || !before.IsUnrecorded() {
				t.Fatal("the first entry is made without a record: ", err)
			}
			before.Recorded(nil)
			before.next(1, 100)
			before.next(1, 300)
			before.next(1, 500)
			now := New(before.Record())
			if now.ID() != before.ID() {
				t.Fatal("another series")
			}
			start, err := now.Begin(tt.place, tt.last(before, now), known, safe)
			if err != tt.err || start.Behind != tt.behind || start.Lacks != tt.lacks || start.At[file(1, 1)].Offset != tt.at {
				t.Errorf("%+v, %v", start, err)
			}
			if err == nil && !now.IsUnrecorded() {
				t.Error("another process makes entries without a record")
			}
		})
	}
}

// TestBeginBehindAnotherKindOfServer: what a server took that is no store counts as far as it is safe.
func TestBeginBehindAnotherKindOfServer(t *testing.T) {
	t.Parallel()
	if start, err := New(nil).Begin("here", nil, at(1, 500), at(1, 100)); err != nil || start.Behind || start.At[file(1, 1)].Offset != 100 {
		t.Errorf("%+v, %v", start, err)
	}
}

// TestGoesOnBehind: the next entry has the number behind the last one that the store has; where it has none and never
// had, all that is known counts.
func TestGoesOnBehind(t *testing.T) {
	t.Parallel()
	first := New(nil)
	_, _ = first.Begin("here", nil, nil, nil)
	for _, tt := range []struct {
		last []byte
		n    uint64
	}{{nil, 1}, {first.marked(1, at(1, 600), false), 2}, {first.marked(7, at(1, 600), false), 8}} {
		s := New(first.Record())
		start, err := s.Begin("here", tt.last, at(1, 500), at(1, 100))
		if err != nil || tt.last == nil && start.At[file(1, 1)].Offset != 500 {
			t.Errorf("%q: %+v, %v", tt.last, start, err)
		}
		mark, _ := s.Next(at(1, 700), nil, most)
		if m, err := ParseMark(string(mark)); err != nil || m.N != tt.n || m.Author != s.author {
			t.Errorf("%q: the next entry is %s, %v", tt.last, mark, err)
		}
	}
}

// marked is a mark of the series' author.
func (s *Series) marked(n uint64, at spool.Positions, partial bool) []byte {
	return []byte((&Mark{Author: s.author, N: n, At: at, Partial: partial}).String())
}

// TestLateEntry: one that a process had on its way when it was killed may come when the next one has begun, and is no
// stranger's to it, nor to the one behind.
func TestLateEntry(t *testing.T) {
	t.Parallel()
	first := New(nil)
	_, _ = first.Begin("here", nil, nil, nil)
	late, _ := first.Next(at(1, 100), nil, most)
	second := New(first.Record())
	if _, err := second.Begin("here", nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	if start, err := second.Begin("here", late, nil, nil); err != nil || start.At[file(1, 1)].Offset != 100 {
		t.Errorf("the second: %+v, %v", start, err)
	}
	third := New(second.Record())
	if start, err := third.Begin("here", late, nil, nil); err != nil || start.At[file(1, 1)].Offset != 100 {
		t.Errorf("the third: %+v, %v", start, err)
	}
}

// TestRecordThatCannotBeWritten: the author goes on that the record has; the first one of all has none before it.
func TestRecordThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	first := New(nil)
	_, _ = first.Begin("here", nil, nil, nil)
	first.Recorded(errors.New("no space left on device"))
	last := first.next(1, 100)
	record := first.Record()
	for range 3 {
		s := New(record)
		if _, err := s.Begin("here", last, nil, nil); err != nil {
			t.Fatal(err)
		}
		s.Recorded(errors.New("no space left on device"))
		last = s.next(1, 200)
	}
	if _, err := New(record).Begin("here", last, nil, nil); err != nil {
		t.Errorf("behind processes that could not write their record: %v", err)
	}
}

// TestRecordIsBounded, and has those that came last.
func TestRecordIsBounded(t *testing.T) {
	t.Parallel()
	var record *cursor.Store
	var last []byte
	for range 3 * maxAuthors {
		s := New(record)
		if _, err := s.Begin("here", last, nil, nil); err != nil {
			t.Fatal(err)
		}
		last, record = s.next(1, 100), s.Record()
	}
	if n := len(record.Authors); n != maxAuthors {
		t.Errorf("%d authors", n)
	}
	damaged := *record
	damaged.ID = "../x"
	if s := New(&damaged); !isID(s.ID()) || s.Record().N != 0 {
		t.Errorf("it goes on with a series of the name %q", s.ID())
	}
}

// TestMarkIsWhatFits: the last file of each writer, and where these are too many, those that the entry has reached.
func TestMarkIsWhatFits(t *testing.T) {
	t.Parallel()
	s := New(nil)
	all := at(3, 30)
	maps.Copy(all, at(2, 1000))
	all[file(2, 1)] = spool.Position{Offset: 54, Lines: 12}
	mark, partial := s.Next(all, nil, most)
	m, err := ParseMark(string(mark))
	want := spool.Positions{file(1, 3): {Offset: 30}, file(2, 1): {Offset: 54, Lines: 12}}
	if err != nil || partial || m.Partial || m.N != 1 || !maps.Equal(m.At, want) {
		t.Errorf("%s: %+v, %v", mark, m, err)
	}
	for i := range uint64(5000) {
		all[file(i, 1)] = spool.Position{Offset: 1 << 20}
	}
	mark, partial = s.Next(all, at(3, 40), most)
	if m, err := ParseMark(string(mark)); err != nil || !partial || !m.Partial || !maps.Equal(m.At, at(3, 40)) {
		t.Errorf("%s: %+v, %v", mark, m, err)
	}
}

// TestNoMark: what is not as String makes it is nobody's mark.
func TestNoMark(t *testing.T) {
	t.Parallel()
	good := string(New(nil).marked(1, at(1, 10), false))
	if _, err := ParseMark(good); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", " ", "1", strings.Replace(good, "1", "2", 1), strings.Replace(good, " 1 ", " 0 ", 1), strings.Replace(good, " 1 ", " x ", 1),
		strings.Replace(good, "full", "half", 1), good + " ", good + "=1", good + "+", good + "+0", good + "+x", strings.Replace(good, "=10", "=-10", 1),
		strings.Replace(good, "=10", "", 1), good + " x=1", strings.ToUpper(good), "1 " + good[3:],
	} {
		if m, err := ParseMark(bad); err == nil {
			t.Errorf("%q: %+v", bad, m)
		}
	}
}

func FuzzMark(f *testing.F) {
	f.Add(string(New(nil).marked(1, at(1, 10), false)))
	f.Add(fmt.Sprintf("1 %032x 18446744073709551615 partial", 1))
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMark(text)
		if err != nil {
			return
		}
		again, err := ParseMark(m.String())
		if err != nil || again.N != m.N || again.Author != m.Author || again.Partial != m.Partial || !maps.Equal(again.At, m.At) {
			t.Errorf("%q is %+v, and again %+v, %v", text, m, again, err)
		}
	})
}
