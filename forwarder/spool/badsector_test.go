package spool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// badBlock is a disk that does not give one block of any file: what lies before it is given.
// It is asked again for so long.
func badBlock(at int64, badAfter time.Duration) *disk {
	const block = 4096
	return &disk{badAfter: badAfter, pread: func(f *os.File, b []byte, off int64) (int, error) {
		if off >= at+block || off+int64(len(b)) <= at {
			return pread(f, b, off)
		}
		if off >= at {
			return 0, unix.EIO
		}
		return pread(f, b[:at-off], off)
	}}
}

// blockFile has so many frames of some hundred bytes, over several blocks.
func blockFile(t *testing.T, dir string, n int) {
	var fs [][]byte
	for i := range n {
		fs = append(fs, spooltest.Sealed(uint64(i+1), fmt.Sprintf("line %d %s\n", i+1, strings.Repeat("x", 100))))
	}
	spooltest.RawFile(t, dir, spooltest.FileID(1, 1), fs...)
}

// TestBadBlockIsWaitedFor: nothing is passed over as long as the disk may come back.
func TestBadBlockIsWaitedFor(t *testing.T) {
	for _, at := range []int64{4096, 8192} {
		dir := t.TempDir()
		blockFile(t, dir, 200)
		c := refreshed(t, dir)
		r := NewReader(c, nil, nil)
		r.disk = badBlock(at, time.Minute)
		defer r.Close()
		var got []uint64
		for range 3 {
			for _, g := range drain(t, r) {
				switch {
				case g.otherError != nil && errors.Is(g.otherError, unix.EIO):
				case g.damage != nil || g.otherError != nil:
					t.Fatalf("%v", g)
				default:
					got = append(got, g.first)
				}
			}
			check(t, c.Refresh())
		}
		if n := len(got); n == 0 || n >= 200 {
			t.Fatalf("%d frames are before the block", n)
		}
		r.disk = theDisk
		got = append(got, firsts(frames(t, drain(t, r)))...)
		for i := range 200 {
			if i >= len(got) || got[i] != uint64(i+1) {
				t.Fatalf("block at %d: frame %d of %v", at, i+1, got)
			}
		}
	}
}

// TestBadBlockIsPassedOver: in the end the frames in it are, and no others. What
// could be read of the place is set aside.
func TestBadBlockIsPassedOver(t *testing.T) {
	dir := t.TempDir()
	blockFile(t, dir, 200)
	c := refreshed(t, dir)
	r := NewReader(c, nil, nil)
	r.disk = badBlock(8192, 0)
	defer r.Close()
	var damage *DamageError
	seen := make(map[uint64]bool)
	for _, g := range drain(t, r) {
		switch {
		case g.damage != nil && damage == nil:
			damage = g.damage
		case g.damage != nil || g.otherError != nil:
			t.Fatalf("%v", g)
		case !g.endOfFile:
			seen[g.first] = true
		}
	}
	if damage == nil || !errors.Is(damage, unix.EIO) || damage.Torn || damage.Offset > 8192 || damage.Offset+damage.Length < 8192+4096 || damage.Length > 4096+2*200 {
		t.Fatalf("damage: %+v", damage)
	}
	const frame = frame.HeaderSize + 100 + 9 // bytes at least
	if n := 200 - len(seen); n == 0 || n > 4096/frame+2 {
		t.Errorf("%d frames are missing", n)
	}
	path, err := damage.SetAside(t.TempDir())
	check(t, err)
	b, err := os.ReadFile(path)
	check(t, err)
	if int64(len(b)) != damage.Length || bytes.Count(b, []byte{0}) < 4096 {
		t.Errorf("%d bytes are set aside", len(b))
	}
}
