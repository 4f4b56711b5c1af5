package rotate

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/leaktest"
)

// The test binary re-executes itself as a writer, which is killed -9 at a named point, again and
// again, and then once lives to the end. Its lines must be there completely, once, and in order.

const (
	crashLines  = 450
	crashBatch  = 3 // lines a Write
	crashCommit = 7 // Writes a commit
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("ROTATE_WRITER"); dir != "" {
		w := &writer{dir: dir, kill: os.Getenv("ROTATE_KILL")}
		if err := w.run(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	leaktest.Run(m, "lumberjack") // it has a goroutine for each file for the life of the process
}

// reexec runs the calling test alone in a process of its own.
func reexec(t *testing.T, env string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), env, noRaceSleep)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// writer is a caller of the package, as the package comment wants one. The source of its lines is
// counting.
type writer struct {
	dir  string
	kill string // where to die
	log  *Log
	rec  record
	next int // the line to be written
}

// record is what a commit makes durable.
type record struct {
	Next     int
	Position Position
}

func (w *writer) run() (err error) {
	if b, err := os.ReadFile(filepath.Join(w.dir, "record")); err == nil {
		if err := json.Unmarshal(b, &w.rec); err != nil {
			return err
		}
	}
	w.next = w.rec.Next
	w.log, err = Open(Options{Path: w.path(), MaxSize: 2000})
	if err != nil {
		return err
	}
	if _, err := w.log.Recover(w.rec.Position, nil); err != nil {
		return err
	}
	w.log.step = w.at
	fmt.Println("ready")
	for writes := 1; w.next < crashLines; writes++ {
		if err := w.deliver(); err != nil {
			return err
		}
		w.disturb(writes)
		if writes%crashCommit == 0 {
			if err := w.commit(); err != nil {
				return err
			}
		}
	}
	if err := w.commit(); err != nil {
		return err
	}
	return w.log.Close()
}

func (w *writer) path() string { return filepath.Join(w.dir, "logs", "access_log") }

func (w *writer) deliver() error {
	var b strings.Builder
	for i := w.next; i < w.next+crashBatch; i++ {
		fmt.Fprintf(&b, "%06d %s\n", i, strings.Repeat("x", i%50))
	}
	if w.log.Due(b.Len()) {
		if err := w.rotate(); err != nil {
			return err
		}
	}
	switch err := w.log.Write([]byte(b.String())); {
	case err == nil:
		w.next += crashBatch
		return nil
	default:
		return w.reopen(err)
	}
}

// reopen leaves the writing again to the next turn.
func (w *writer) reopen(err error) error {
	if !errors.Is(err, ErrMoved) && !errors.Is(err, ErrRemoved) {
		return err
	}
	if errors.Is(err, ErrRemoved) {
		w.next = w.rec.Next
	}
	if err := w.log.Reopen(); err != nil {
		return err
	}
	w.at("reopened")
	return w.commit()
}

func (w *writer) rotate() error {
	if err := w.commit(); err != nil {
		return err
	}
	w.at("before rotate")
	if err := w.log.Rotate(); errors.Is(err, ErrMoved) || errors.Is(err, ErrRemoved) {
		return w.reopen(err)
	} else if err != nil {
		return err
	}
	w.at("rotated, not committed")
	return w.commit()
}

func (w *writer) commit() error {
	if err := w.log.Sync(); err != nil {
		return w.reopen(err)
	}
	w.at("synced, not committed")
	w.rec = record{w.next, w.log.Position()}
	b, err := json.Marshal(w.rec)
	if err != nil {
		return err
	}
	tmp := filepath.Join(w.dir, "record.tmp")
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	defer w.at("committed")
	return os.Rename(tmp, filepath.Join(w.dir, "record"))
}

// at is called at each step, of the package's and of the writer's own.
func (w *writer) at(name string) {
	switch {
	case name == w.kill:
		die()
	case name == "rotate: begin" && w.kill == "half of lumberjack's Rotate":
		os.Rename(w.path(), backupName(w.path(), time.Now()))
		die()
	}
}

// disturb does, after some Writes that no commit has covered yet, what kills and people do.
func (w *writer) disturb(writes int) {
	if writes != crashCommit*4+3 {
		return
	}
	switch w.kill {
	case "between writes":
		die()
	case "torn write":
		f, err := os.OpenFile(w.path(), os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			fmt.Fprintf(f, "%06d torn", w.next)
		}
		die()
	case "renamed, reopened":
		os.Rename(w.path(), fmt.Sprintf("%s-by-hand.%d", w.path(), w.next))
		w.kill = "reopened"
	case "renamed":
		os.Rename(w.path(), fmt.Sprintf("%s-by-hand.%d", w.path(), w.next))
		die()
	case "renamed, opened":
		os.Rename(w.path(), fmt.Sprintf("%s-by-hand.%d", w.path(), w.next))
		w.kill = "reopen: opened"
	case "removed":
		w.remove()
	case "removed, reopened":
		w.remove()
		w.kill = "reopened"
	}
}

// remove takes the lines since the last commit away, and keeps the committed ones under another name,
// so that the test can count them.
func (w *writer) remove() {
	b, _ := os.ReadFile(w.path())
	if w.rec.Position.sameFile(w.log.Position()) {
		b = b[:w.rec.Position.Size]
	}
	os.WriteFile(fmt.Sprintf("%s-by-hand.%d", w.path(), w.rec.Next), b, 0o600)
	os.Remove(w.path())
}

// die is kill -9: nothing deferred, nothing flushed.
func die() {
	unix.Kill(unix.Getpid(), unix.SIGKILL)
	select {}
}

// noRaceSleep keeps a process built with -race from sleeping for a second at its exit.
const noRaceSleep = "GORACE=atexit_sleep_ms=0"

// writerRun starts one writer and tells whether it was killed; by the test, if after is not 0, so
// long after it has begun.
func writerRun(t *testing.T, dir, kill string, after time.Duration) (killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ROTATE_WRITER="+dir, "ROTATE_KILL="+kill, noRaceSleep)
	var out strings.Builder
	cmd.Stderr = &out
	ready, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	ready.Read(make([]byte, 1))
	if after > 0 {
		timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
		defer timer.Stop()
	}
	err = cmd.Wait()
	if ws, ok := cmd.ProcessState.Sys().(interface{ Signaled() bool }); ok && ws.Signaled() {
		return true
	}
	if err != nil {
		t.Fatalf("writer: %v\n%s", err, out.String())
	}
	return false
}

func TestKilledAtEachStep(t *testing.T) {
	for _, kill := range []string{
		"before rotate", "rotate: begin", "half of lumberjack's Rotate", "rotate: renamed", "rotate: named",
		"rotated, not committed", "synced, not committed", "committed",
		"reopen: opened", "reopened",
		"between writes", "torn write", "renamed", "renamed, opened", "renamed, reopened",
		"removed", "removed, reopened",
	} {
		t.Run(kill, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			kills := 0
			for range 4 {
				if writerRun(t, dir, kill, 0) {
					kills++
				}
			}
			if kills == 0 && kill != "removed" {
				t.Fatal("never killed there")
			}
			if writerRun(t, dir, "", 0) {
				t.Fatal("killed without being told")
			}
			wantLinesOnce(t, filepath.Join(dir, "logs"))
		})
	}
}

func TestKilledAtAnyTime(t *testing.T) {
	dir := t.TempDir()
	kills := 0
	for kills < 40 && writerRun(t, dir, "", time.Duration(1+rand.IntN(12000))*time.Microsecond) {
		kills++
	}
	writerRun(t, dir, "", 0)
	t.Logf("%d kills", kills)
	wantLinesOnce(t, filepath.Join(dir, "logs"))
}

// wantLinesOnce reads every file of dir: each number once, in each file ascending without a gap.
func wantLinesOnce(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	seen := map[int]string{}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		last := -1
		for line := range strings.Lines(content(t, name)) {
			var n int
			if _, err := fmt.Sscanf(line, "%06d", &n); err != nil || line != fmt.Sprintf("%06d %s\n", n, strings.Repeat("x", n%50)) {
				t.Fatalf("%s: damaged line %q", name, line)
			}
			if seen[n] != "" {
				t.Fatalf("line %d is in %s and in %s", n, seen[n], name)
			}
			if last >= 0 && n != last+1 {
				t.Fatalf("%s: line %d follows %d", name, n, last)
			}
			seen[n], last = name, n
		}
	}
	if len(seen) != crashLines {
		t.Fatalf("%d lines, want %d", len(seen), crashLines)
	}
}
