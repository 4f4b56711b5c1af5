package spool

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

var benchSizes = []int{300, 64 << 10}

func benchFrame(size int) []byte { return spooltest.Sealed(1, payloadOf(size-frame.HeaderSize)) }

func TestWriteDoesNotAllocate(t *testing.T) {
	w := NewWriter(WriterOptions{Dir: t.TempDir()})
	defer w.Close()
	one := benchFrame(300)
	var err error
	if n := testing.AllocsPerRun(1000, func() { _, err = w.Write(one) }); n != 0 || err != nil {
		t.Errorf("%v allocations, %v", n, err)
	}
}

// The first frames are read from a file that is there, the rest as they come.
func TestNextDoesNotAllocate(t *testing.T) {
	dir := t.TempDir()
	id := spooltest.FileID(1, 1)
	const n = 5000 // more than the reader's buffer holds
	path := spooltest.RawFile(t, dir, id, bytes.Repeat(benchFrame(300), n))
	held(t, path)
	r := NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	read := 0
	next := func() {
		if f, err := r.Next(); f != nil && err == nil {
			read++
		}
	}
	if a := testing.AllocsPerRun(n-1, next); a != 0 || read != n {
		t.Errorf("%v allocations, %d frames", a, read)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	check(t, err)
	defer f.Close()
	one, file := benchFrame(300), r.known[0]
	follow := func() {
		_, err = f.Write(one)
		file.Touch()
		next()
		next() // nothing
	}
	if a := testing.AllocsPerRun(1000, follow); a != 0 || err != nil || read != n+1001 {
		t.Errorf("%v allocations, %d frames, %v", a, read, err)
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			dir := b.TempDir()
			w := NewWriter(WriterOptions{Dir: dir})
			defer w.Close()
			c := NewCatalog(dir)
			one := benchFrame(size)
			b.SetBytes(int64(len(one)))
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if _, err := w.Write(one); err != nil {
					b.Fatal(err)
				}
				if n*size%(256<<20) < size { // keep the disk from filling
					b.StopTimer()
					removeComplete(b, c)
					b.StartTimer()
				}
			}
		})
	}
}

func removeComplete(b *testing.B, c *Catalog) {
	check(b, c.Refresh())
	for _, f := range c.Files() {
		if f.Complete() {
			check(b, c.Remove(f))
		}
	}
}

func BenchmarkNext(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			dir := b.TempDir()
			spooltest.RawFile(b, dir, spooltest.FileID(1, 1), bytes.Repeat(benchFrame(size), 64<<20/size))
			r := NewReader(refreshed(b, dir), nil, nil)
			defer r.Close()
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				f, err := r.Next()
				if err != nil {
					b.Fatal(err)
				}
				if f == nil || f.First == 0 {
					r.Reset(nil)
				}
			}
		})
	}
}
