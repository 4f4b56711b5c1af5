package consumer

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/spool"
)

// TestRecordThatIsAwaited is made soon where it is of all that there is, and others twice a second.
func TestRecordThatIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var awaited atomic.Int64
		p := &Wishes{awaited: &awaited}
		last := time.Now()
		time.Sleep(CommitEvery / 5)
		if p.CommitDue(time.Since(last), false) {
			t.Error("due though nobody waits")
		}
		awaited.Store(time.Now().UnixNano())
		if !p.CommitDue(time.Since(last), false) {
			t.Error("not due though somebody waits")
		}
		if p.CommitDue(time.Since(last), true) {
			t.Error("due though there is more to be done")
		}
		time.Sleep(CommitEvery)
		if last = time.Now().Add(-CommitEvery / 5); p.CommitDue(time.Since(last), false) {
			t.Error("due though nobody waits any more")
		}
	})
}

// TestMayGather: lines wait for others only where there is room, more can come, and nobody waits for them.
func TestMayGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var awaited atomic.Int64
		p := NewProgress(ProgressOptions{Awaited: &awaited, CommitEvery: time.Minute})
		check := func(what string, gather bool, due time.Duration) {
			t.Helper()
			if p.MayGather() != gather {
				t.Errorf("%s: lines wait: %t", what, !gather)
			}
			if !p.CommitDue(due, false) || p.CommitDue(due-1, false) {
				t.Errorf("%s: no commit is due after %v alone", what, due)
			}
		}
		check("nothing", true, time.Minute)
		p.Hurry(true)
		check("a short disk", false, 6*time.Second)
		p.Hurry(false)
		p.NoWriter(true)
		check("no writer", false, time.Minute)
		p.NoWriter(false)
		awaited.Store(time.Now().UnixNano())
		check("somebody waits", false, 6*time.Second)
		time.Sleep(time.Minute)
		check("nobody waits any more", true, time.Minute)
	})
}

// TestWishes are kept until they are taken up, each once.
func TestWishes(t *testing.T) {
	p := NewProgress(ProgressOptions{})
	a, b := &spool.File{}, &spool.File{}
	p.AskToGiveUp(a)
	p.AskToGiveUp(b)
	p.AskToGiveUp(a)
	if files := p.TakeUnwanted(); !slices.Equal(files, []*spool.File{a, b}) {
		t.Errorf("%d files are to be given up", len(files))
	}
	if files := p.TakeUnwanted(); files != nil {
		t.Error("files are to be given up twice")
	}
	told := p.AskToSeal()
	if p.AskToSeal() == nil || IsClosed(told) {
		t.Error("seals are told before they are made")
	}
	close(<-p.SealsWanted())
	if !IsClosed(told) {
		t.Error("somebody else's seals are told")
	}
	if p.AtEnd() {
		t.Error("it is at the end before it has begun")
	}
	if p.SetAtEnd(true); !p.AtEnd() {
		t.Error("it is not at the end")
	}
	if p.SetAtEnd(false); p.AtEnd() {
		t.Error("it is at the end for ever")
	}
}
