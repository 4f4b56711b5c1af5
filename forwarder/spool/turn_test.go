package spool

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool/spooltest"
)

// TestTurn: another writer goes on at exactly that byte, whichever Write it is in, and in the directory that the
// first one had come to; nothing is written twice or left out.
func TestTurn(t *testing.T) {
	const all = 5
	one := spooltest.Sealed(1, "x\n")
	for turn := range all + 1 { // frames of the first writer
		for batch := 1; batch <= all; batch++ {
			t.Run(fmt.Sprintf("%d, by %d", turn, batch), func(t *testing.T) {
				dir := t.TempDir()
				first, second := NewWriter(WriterOptions{Dir: dir, Stream: "access"}), NewWriter(WriterOptions{Dir: filepath.Join(dir, "guess"), Stream: "access"})
				defer second.Close()
				var at Turn
				if at.IsSet() {
					t.Error("it is set from the beginning")
				}
				at.Set(int64(turn*len(one)), second)
				w, written := first, 0
				for n := 0; n < all; n += batch {
					b := bytes.Repeat(one, min(batch, all-n))
					m, err := at.Write(&w, b)
					check(t, err)
					if m != len(b) {
						t.Errorf("%d of %d bytes are written", m, len(b))
					}
					written += m
					if at.IsSet() != (written < turn*len(one)) || (w == second) == at.IsSet() {
						t.Errorf("behind %d bytes it is set: %v", written, at.IsSet())
					}
				}
				if n := leaktest.OpenIn(dir); n != min(1, all-turn) {
					t.Errorf("%d files are open", n)
				}
				check(t, second.Close())
				by := payloads(frames(t, readAll(t, dir)))
				if n, m := len(by[first.ID()]), len(by[second.ID()]); n != turn || m != all-turn {
					t.Errorf("the writers have %d and %d frames", n, m)
				}
			})
		}
	}
}

// TestTurnWithAFailure: what was not written is written again, by the writer whose it is.
func TestTurnWithAFailure(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	check(t, os.WriteFile(dir, nil, 0o600))
	one := spooltest.Sealed(1, "x\n")
	first, second := NewWriter(WriterOptions{Dir: dir, Stream: "access"}), NewWriter(WriterOptions{Dir: dir, Stream: "access"})
	defer second.Close()
	var turn Turn
	turn.Set(int64(len(one)), second)
	w, both := first, bytes.Repeat(one, 2)
	if n, err := turn.Write(&w, both); n != 0 || err == nil || w != first || !turn.IsSet() {
		t.Errorf("%d bytes are written, %v", n, err)
	}
	check(t, os.Remove(dir))
	n, err := turn.Write(&w, both)
	check(t, err)
	if n != len(both) || turn.IsSet() {
		t.Errorf("%d bytes are written", n)
	}
	check(t, second.Close())
	if by := payloads(frames(t, readAll(t, dir))); !slices.Equal(by[first.ID()], []string{"x\n"}) || !slices.Equal(by[second.ID()], []string{"x\n"}) {
		t.Errorf("%q", by)
	}
}
