package spool

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// numbered is the payload of a frame that the writer children write: a pure
// function of its number, of sizes up to 2 MiB, as a short write is not torn.
func numbered(first uint64) string {
	size := first * first * 7919 % (2 << 10)
	if first%8 == 1 {
		size <<= 10
	}
	return fmt.Sprintf("%d\n%s\n", first, strings.Repeat("x", int(size)))
}

// confirmSize of a confirmation makes few of them fill a pipe, so that a writer
// is not far ahead of the reader when it is killed.
const confirmSize = 512

// writerChild writes numbered frames until it is killed. Each that was taken is
// confirmed on stdout, by the number of its first line.
func writerChild() {
	w := NewWriter(WriterOptions{Dir: os.Getenv("SPOOL_TEST_DIR"), Host: "web1", Stream: "access", RollSize: 3 << 20})
	var confirm [confirmSize]byte
	binary.LittleEndian.PutUint64(confirm[:], w.ID().ID)
	os.Stdout.Write(confirm[:])
	one := spooltest.Sealed(1, numbered(1))
	for n := uint64(1); ; n += 2 {
		if _, err := w.Write(one); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		one = spooltest.Sealed(n+2, numbered(n+2)) // now: a kill on the confirmation is to hit the Write
		binary.LittleEndian.PutUint64(confirm[:], n)
		if _, err := os.Stdout.Write(confirm[:]); err != nil {
			os.Exit(1)
		}
	}
}

// child is this test binary as something else.
func child(t *testing.T, name, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "SPOOL_TEST_CHILD="+name, "SPOOL_TEST_DIR="+dir)
	cmd.Stderr = os.Stderr
	return cmd
}

// doomed is a writer child that is killed after it confirmed some frames.
type doomed struct {
	writer    uint64
	confirmed uint64 // first line of the last frame that it said was taken
	err       error
}

// doom runs a child, ticks at each confirmation, and kills it after the given
// number of them, wherever it may then be. What it had confirmed until then
// still comes out of the pipe.
func doom(cmd *exec.Cmd, after int, tick chan<- struct{}) (d doomed) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return doomed{err: err}
	}
	if _, err := unix.FcntlInt(out.(*os.File).Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		return doomed{err: err}
	}
	if err := cmd.Start(); err != nil {
		return doomed{err: err}
	}
	var b [confirmSize]byte
	if _, d.err = io.ReadFull(out, b[:]); d.err != nil {
		return d
	}
	d.writer = binary.LittleEndian.Uint64(b[:])
	for n := 0; ; n++ {
		if n == after {
			cmd.Process.Kill()
		}
		if _, err := io.ReadFull(out, b[:]); err != nil {
			break
		}
		d.confirmed = binary.LittleEndian.Uint64(b[:])
		select {
		case tick <- struct{}{}:
		default: // one is waiting; the writer is not to wait for the reader
		}
	}
	cmd.Wait()
	return d
}

// Writers are killed at random moments while a reader follows. What they had
// confirmed is read, whole, once and in order; of the rest, one frame at most
// was there or torn.
func TestKilledWriters(t *testing.T) {
	const writers, rounds = 3, 8
	dir := t.TempDir()
	seed := uint64(os.Getpid())
	if s := os.Getenv("SPOOL_TEST_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Log("SPOOL_TEST_SEED =", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	ticks, ends := make(chan struct{}, 1), make(chan doomed)
	for range writers {
		var afters []int
		for range rounds {
			afters = append(afters, 1+random.IntN(60))
		}
		go func() {
			for _, after := range afters {
				ends <- doom(child(t, "writer", dir), after, ticks)
			}
		}()
	}
	f := follower{t: t, catalog: NewCatalog(dir), read: map[uint64]uint64{}, torn: map[uint64]int{}}
	f.reader = NewReader(f.catalog, nil, nil)
	defer f.reader.Close()
	var dead []doomed
	for len(dead) < writers*rounds {
		select {
		case <-ticks:
			f.follow()
		case d := <-ends:
			dead = append(dead, d)
		}
	}
	f.follow()
	for _, file := range f.catalog.Files() {
		if size, err := file.Size(); err == nil && size == 0 { // killed before its first frame
			aged(t, file.Path)
		}
	}
	f.follow() // removes what is empty
	f.follow()
	for _, d := range dead {
		check(t, d.err)
		if last := f.read[d.writer]; last != d.confirmed && last != d.confirmed+2 && (last != 1 || d.confirmed != 0) {
			t.Errorf("writer %x: confirmed up to %d, read up to %d", d.writer, d.confirmed, last)
		}
		if n := f.torn[d.writer]; n > 1 {
			t.Errorf("writer %x: %d torn frames", d.writer, n)
		}
	}
	if !f.reader.AtEnd(func(frame.FileID) bool { return false }) {
		t.Error("not at the end")
	}
	t.Logf("%d files, %d torn", len(f.catalog.Files()), len(f.torn))
}

// follower reads what the writer children write.
type follower struct {
	t       *testing.T
	catalog *Catalog
	reader  *Reader
	read    map[uint64]uint64 // by writer: first line of the last frame
	torn    map[uint64]int
}

func (f *follower) follow() {
	f.t.Helper()
	check(f.t, f.catalog.Refresh())
	for _, file := range f.catalog.Files() {
		file.Touch()
	}
	for _, g := range drain(f.t, f.reader) {
		switch {
		case g.damage != nil && g.damage.Torn:
			id, err := frame.ParseFileID(g.damage.Path[strings.LastIndexByte(g.damage.Path, '/')+1:])
			check(f.t, err)
			f.torn[id.Writer.ID]++
		case g.damage != nil || g.otherError != nil:
			f.t.Errorf("%v", g)
		case !g.endOfFile:
			f.take(g)
		}
	}
}

func (f *follower) take(g got) {
	writer := g.file.Writer.ID
	want := f.read[writer] + 2
	if f.read[writer] == 0 {
		want = 1
	}
	if g.first != want || g.payload != numbered(g.first) {
		f.t.Errorf("%v: want line %d, whole", g, want)
	}
	f.read[writer] = g.first
}
