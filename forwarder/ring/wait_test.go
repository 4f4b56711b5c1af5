package ring

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/idle"
)

// newRing is one of so many bytes.
func newRing(t *testing.T, size int) *Ring {
	t.Helper()
	r, err := New(size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Free)
	return r
}

// put adds a frame of n times the same byte, where the ring has space for it and the keep bytes behind it.
func put(r *Ring, b byte, n int) bool {
	room := r.Space(0, n)
	if room == nil {
		return false
	}
	copy(room, bytes.Repeat([]byte{b}, n))
	r.Add(n)
	return true
}

// TestSpace: how much of a ring there is, whichever way frames lie in it, and what has been built moves
// along with the space.
func TestSpace(t *testing.T) {
	const size = 4096
	r := newRing(t, size)
	if r.Size() != size || r.Held() != 0 || len(r.Space(10, size-10)) != size || r.Space(10, size-9) != nil {
		t.Fatal("an empty ring has all of its space, and no more")
	}
	put(r, 'a', 1000)
	put(r, 'b', 2000)
	copy(r.Space(3, 5), "xyz") // of the frame being built
	r.Release(1000)
	if len(r.Space(3, 1093)) != 1096 || r.Held() != 2000 {
		t.Errorf("%d bytes behind the frames, %d held", len(r.Space(3, 1093)), r.Held())
	}
	if r.Space(3, 1094) != nil {
		t.Error("there is more space, neither behind the frames nor before them")
	}
	r.Release(500)
	room := r.Space(3, 1497) // exactly what lies before the oldest frame
	if len(room) != 1500 || string(room[:3]) != "xyz" {
		t.Fatalf("%d bytes before the oldest frame, with %q", len(room), room[:min(3, len(room))])
	}
	copy(room, bytes.Repeat([]byte{'c'}, 700))
	r.Add(700)
	if r.Held() != 1500+700 || r.Space(0, 801) != nil || len(r.Space(0, 800)) != 800 {
		t.Errorf("wrapped: %d held, space for %d", r.Held(), len(r.Space(0, 1)))
	}
	if got := r.Next(); len(got) != 1500 || got[0] != 'b' {
		t.Errorf("%d bytes of %q come first", len(got), got[:1])
	}
	r.Release(1500)
	if got := r.Next(); len(got) != 700 || got[0] != 'c' {
		t.Errorf("%d bytes of %q come then", len(got), got[:1])
	}
	copy(r.Space(3, 5), "123")
	r.Release(700)
	if room = r.Space(3, size-3); len(room) != size || string(room[:3]) != "123" {
		t.Errorf("an empty ring has %d bytes, with %q", len(room), room[:min(3, len(room))])
	}
	r.Close()
	if r.Next() != nil {
		t.Error("a ring that is closed and empty has frames")
	}
}

// TestWaitBriefly: the builder waits so long from its own begin and the last release, whichever is
// later, and then not again before something is released.
func TestWaitBriefly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 4096)
		for put(r, 'a', 1024) {
		}
		waits := func(want time.Duration, space bool) {
			t.Helper()
			began := time.Now()
			if got := r.WaitBriefly(0, 1024, time.Minute); (got != nil) != space || time.Since(began) != want {
				t.Errorf("space %t after %v, want %t after %v", got != nil, time.Since(began), space, want)
			}
		}
		waits(time.Minute, false)
		waits(0, false)
		time.AfterFunc(20*time.Second, func() { r.Release(512) })
		time.Sleep(30 * time.Second)
		waits(time.Minute, false) // 512 bytes were too few; it is from the begin that a minute has passed
		waits(0, false)
		r.Release(256)
		time.AfterFunc(40*time.Second, func() { r.Release(128) })
		waits(100*time.Second, false) // a minute after the last release
		r.Release(1)
		time.AfterFunc(10*time.Second, func() { r.Release(127) })
		waits(10*time.Second, true)
	})
}

// TestWaitWritten: until all is written; or until patience has passed in two halves, and there is a
// hurry. Then not again before the ring was empty.
func TestWaitWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 4096)
		hurry, asked := false, 0
		waits := func(want time.Duration) {
			t.Helper()
			began := time.Now()
			r.WaitWritten(time.Minute, func() bool { asked++; return hurry })
			if time.Since(began) != want {
				t.Errorf("it took %v, want %v", time.Since(began), want)
			}
		}
		waits(0)
		put(r, 'a', 100)
		time.AfterFunc(200*time.Second, func() { r.Release(100) })
		waits(200 * time.Second) // nobody is in a hurry
		if asked != 5 {          // at 60, 90, …, 180 seconds
			t.Errorf("asked %d times", asked)
		}
		put(r, 'a', 100)
		hurry = true
		time.AfterFunc(10*time.Second, func() { r.Release(50) })
		waits(time.Minute)
		waits(0) // it has given up
		put(r, 'a', 100)
		waits(0)
		r.Release(150)
		put(r, 'a', 100)
		waits(time.Minute) // anew
		r.Release(100)
		waits(0)
		put(r, 'a', 100)
		time.AfterFunc(10*time.Second, func() { r.Release(100) })
		waits(10 * time.Second)
	})
}

// TestBothWait: the builder for space and for an empty ring, the writer for frames and for the end.
func TestBothWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 4096)
		put(r, 'a', 4096)
		begun := time.Now()
		time.AfterFunc(10*time.Second, func() { r.Release(4000) })
		time.AfterFunc(20*time.Second, func() { r.Release(96) })
		if room := r.Wait(0, 3000); room == nil || time.Since(begun) != 10*time.Second {
			t.Errorf("space after %v", time.Since(begun))
		}
		r.WaitEmpty()
		if time.Since(begun) != 20*time.Second {
			t.Errorf("empty after %v", time.Since(begun))
		}
		r.WaitEmpty()
		time.AfterFunc(10*time.Second, func() { put(r, 'b', 10) })
		time.AfterFunc(20*time.Second, r.Close)
		if got := r.Next(); len(got) != 10 || time.Since(begun) != 30*time.Second {
			t.Errorf("%d bytes after %v", len(got), time.Since(begun))
		}
		r.Release(10)
		if r.Next() != nil || time.Since(begun) != 40*time.Second {
			t.Errorf("closed after %v", time.Since(begun))
		}
	})
}

// TestAttempt: all tries at one write count as one.
func TestAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a Attempt
		if a.IsOn() || a.IsStuck() {
			t.Error("something is to be written")
		}
		if !a.Begin() || a.Begin() || !a.IsOn() {
			t.Error("the first try, and no other, is news")
		}
		time.Sleep(idle.Tick - 1)
		_ = a.Begin()
		if a.IsStuck() {
			t.Error("it is stuck before its time")
		}
		time.Sleep(time.Nanosecond)
		if !a.IsStuck() {
			t.Error("it is not stuck")
		}
		if a.Done(); a.IsOn() || a.IsStuck() || !a.Begin() || a.IsStuck() {
			t.Error("it is written, and another write counts anew")
		}
	})
}

// TestNoMemory: a size that no machine has is an error that names it.
func TestNoMemory(t *testing.T) {
	if r, err := New(1 << 60); err == nil {
		r.Free()
		t.Error("there is that much memory")
	}
}
