package ring

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/spool/frame"
)

var errFull = errors.New("full")

// TestRoomIsSeenAtOnce: what a store does not take is tried again within 50 ms, however long
// it has been so, and no oftener than is cheap.
func TestRoomIsSeenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := New(64 << 10)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Free()
		one := frame.Frame{Kind: frame.Lines, First: 1, Lines: 1}
		b := append(r.Space(0, 100)[:frame.HeaderSize], "x\n"...)
		one.Seal(b)
		r.Add(len(b))
		r.Close()
		const fullFor = time.Minute
		began, tries := time.Now(), 0
		r.WriteOut(func(frames []byte) (int, error) {
			if tries++; time.Since(began) < fullFor {
				return 0, errFull
			}
			return len(frames), nil
		}, make(chan struct{}), time.Hour)
		if late := time.Since(began) - fullFor; late > 50*time.Millisecond {
			t.Errorf("room is seen %v late", late)
		}
		if most := int(fullFor / (20 * time.Millisecond)); tries > most {
			t.Errorf("%d tries in %v", tries, fullFor)
		}
	})
}

func TestRingKeepsFramesInOrder(t *testing.T) {
	r, err := New(1 << 16)
	if err != nil {
		t.Fatal(err)
	}
	const frames = 20000
	go func() {
		defer r.Close()
		rng := rand.New(rand.NewPCG(3, 4))
		keep := frame.HeaderSize
		for i := range uint64(frames) {
			n := 1 + rng.IntN(3000)
			room := r.Wait(keep, n+frame.HeaderSize)
			copy(room[frame.HeaderSize:], bytes.Repeat([]byte{byte(i)}, n))
			f := frame.Frame{First: i + 1, Lines: n}
			f.Seal(room[:frame.HeaderSize+n])
			r.Add(frame.HeaderSize + n)
		}
	}()
	var all []byte
	var lines uint64
	for b := r.Next(); b != nil; b = r.Next() {
		whole := frame.Whole(b)
		if whole == 0 {
			t.Fatalf("next gives %d bytes that do not start with a frame", len(b))
		}
		all = append(all, b[:whole]...)
		r.Release(whole)
		lines += frame.CountLines(all)
		all = all[:0]
	}
	rng := rand.New(rand.NewPCG(3, 4))
	var want uint64
	for range frames {
		want += uint64(1 + rng.IntN(3000))
	}
	if lines != want {
		t.Errorf("%d lines came out, %d went in", lines, want)
	}
}

func TestRingIsNotWaitedForWhenNothingIsTaken(t *testing.T) {
	r, err := New(1 << 16)
	if err != nil {
		t.Fatal(err)
	}
	for r.Space(0, 4096) != nil {
		r.Add(4096)
	}
	if r.WaitBriefly(0, 4096, 1) != nil {
		t.Fatal("room in a ring that is full")
	}
	if !r.stuck {
		t.Error("the ring is not known to be stuck: the next wait would be a wait again")
	}
	r.Next()
	r.Release(4096)
	if r.stuck {
		t.Error("something was taken, and the ring still counts as stuck")
	}
}

func TestRingGivesMemoryBackAfterAStall(t *testing.T) {
	r, err := New(16 << 20)
	if err != nil {
		t.Fatal(err)
	}
	for r.Space(0, 1<<20) != nil {
		clear(r.Space(0, 1<<20)[:1<<20])
		r.Add(1 << 20)
	}
	for r.head != r.tail || r.wrapped {
		r.Release(min(1<<20, len(r.buf)))
	}
	r.Space(0, 4096)
	if r.tail != 0 || r.peak != 0 {
		t.Errorf("an empty ring does not begin at its start: tail %d, peak %d", r.tail, r.peak)
	}
}

// frames fills the ring with n frames, each of so many bytes and of so many lines.
func frames(t *testing.T, r *Ring, n, size, lines int) {
	t.Helper()
	for i := range n {
		room := r.Space(0, size)
		if room == nil {
			t.Fatal("the ring is full")
		}
		f := frame.Frame{Kind: frame.Lines, First: uint64(1 + i*lines), Lines: lines}
		f.Seal(room[:size])
		r.Add(size)
	}
}

// TestWriteOut: what a store cannot take is given up where the input has ended and nothing was taken for as long
// as is allowed, and no sooner; what is lost then is counted in lines.
func TestWriteOut(t *testing.T) {
	const lastTry = time.Minute
	for name, tt := range map[string]struct {
		ended bool
		fails time.Duration // how long the store takes nothing, at first and from each frame on
		took  int           // of the two frames
		left  uint64        // of their six lines
	}{
		"all at once":               {true, 0, 2, 0},
		"in time":                   {true, lastTry - time.Second, 2, 0},
		"never":                     {true, 5 * lastTry, 0, 6},
		"late, while more may come": {false, 5 * lastTry, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 64<<10)
				frames(t, r, 2, 100, 3)
				r.Close()
				ended := make(chan struct{})
				if tt.ended {
					close(ended)
				}
				began, since, took := time.Now(), time.Now(), 0
				left := r.WriteOut(func(b []byte) (int, error) {
					if time.Since(since) < tt.fails {
						return 0, errFull
					}
					took, since = took+1, time.Now()
					if len(b) == 100 {
						return 100, nil
					}
					return 100, errFull // for the second one
				}, ended, lastTry)
				if left != tt.left || took != tt.took || r.Held() != 0 {
					t.Errorf("%d frames were taken, %d lines are left, %d bytes are in the ring", took, left, r.Held())
				}
				if gaveUp := time.Since(began); left > 0 && (gaveUp < lastTry || gaveUp > lastTry+time.Second) {
					t.Errorf("given up after %v", gaveUp)
				}
			})
		})
	}
}

// TestNextIsBounded: one write is of whole frames, and short enough to show that the disk gets on.
func TestNextIsBounded(t *testing.T) {
	r := newRing(t, 8<<20)
	const size = 300 << 10
	frames(t, r, 20, size, 1)
	if n := len(r.Next()); n != nextMax/size*size {
		t.Errorf("%d bytes at once", n)
	}
	r.Release(15 * size)
	if n := len(r.Next()); n != 5*size {
		t.Errorf("%d bytes of the last five frames", n)
	}
}
