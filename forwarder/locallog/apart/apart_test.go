package apart

import (
	"reflect"
	"testing"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

func id(n uint32) frame.FileID { return frame.FileID{Writer: frame.WriterID{ID: 1}, Number: n} }

func at(offset int64) spool.Position { return spool.Position{Offset: offset} }

func frameAt(n uint32, offset int64) *spool.Frame {
	return &spool.Frame{File: &spool.File{ID: id(n)}, Start: at(offset)}
}

// TestAheadAndBehind: a file that is ahead has the lines before its position, one that is behind lacks those from it on.
func TestAheadAndBehind(t *testing.T) {
	var level Positions
	if level.Has(frameAt(1, 0)) || level.Lacks(frameAt(1, 0)) || !level.IsLevel(spool.Positions{id(1): at(9)}) || level.Clone() == nil {
		t.Error("a file that is nowhere apart is")
	}
	p := Positions{id(1): at(10)}
	for _, tt := range []struct {
		f          *spool.Frame
		has, lacks bool
	}{{frameAt(1, 9), true, false}, {frameAt(1, 10), false, true}, {frameAt(1, 11), false, true}, {frameAt(2, 0), false, false}} {
		if p.Has(tt.f) != tt.has || p.Lacks(tt.f) != tt.lacks {
			t.Errorf("%+v: %v, %v", tt, p.Has(tt.f), p.Lacks(tt.f))
		}
	}
	for done, want := range map[int64]bool{9: true, 10: true, 11: false} {
		if p.IsLevel(spool.Positions{id(1): at(done)}) != want {
			t.Errorf("level at %d: %v", done, !want)
		}
	}
}

// TestOwnPositions: where a file is apart it keeps its place, until the local log has come to it.
func TestOwnPositions(t *testing.T) {
	var p Positions
	p.Stay(id(1), at(5))
	p.Stay(id(1), at(7))
	p.Move(id(2), at(5))
	p.Move(id(2), at(7))
	if want := (Positions{id(1): at(5), id(2): at(7)}); !reflect.DeepEqual(p, want) {
		t.Errorf("%v, want %v", p, want)
	}
	done := spool.Positions{id(1): at(9), id(2): at(6), id(3): at(3)}
	if got, want := p.All(done), (spool.Positions{id(1): at(5), id(2): at(7), id(3): at(3)}); !reflect.DeepEqual(got, want) || done[id(1)] != at(9) {
		t.Errorf("%v, want %v", got, want)
	}
	places := []cursor.Place{{File: id(2)}, {File: id(3)}}
	p.Rejoin(done, places)
	if len(p) != 2 {
		t.Errorf("%v: the local log is not there yet", p)
	}
	done[id(2)] = at(7)
	p.Rejoin(done, places)
	if want := (Positions{id(1): at(5)}); !reflect.DeepEqual(p, want) { // 1 was not among the places
		t.Errorf("%v, want %v", p, want)
	}
}

// TestBehind: with the lines of a batch a file is at its end, where it was not further, and stays level with late ones.
func TestBehind(t *testing.T) {
	p := Positions{id(1): at(5), id(2): at(20)}
	done := spool.Positions{id(1): at(9), id(2): at(2), id(3): at(2), id(4): at(30)}
	places := []cursor.Place{{File: id(1), Pos: at(10)}, {File: id(2), Pos: at(10)}, {File: id(3), Pos: at(10)}, {File: id(4), Pos: at(10)}}
	for late, want := range map[bool]Positions{
		false: {id(1): at(10), id(2): at(20), id(3): at(10)},
		true:  {id(1): at(10), id(2): at(20)},
	} {
		if got := p.Behind(done, places, late); !reflect.DeepEqual(got, want) || p[id(1)] != at(5) {
			t.Errorf("late %v: %v, want %v", late, got, want)
		}
	}
}
