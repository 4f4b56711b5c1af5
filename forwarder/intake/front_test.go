package intake

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// runFrontOf runs a front whose intakes end so. It keeps the test's standard error, as one
// that reports does. told is what it says of failed starts.
func runFrontOf(t *testing.T, args ...string) (told []error, err error) {
	t.Helper()
	_, err = RunFront(FrontOptions{
		Args: append([]string{"end"}, args...), Summarize: true,
		Tell: func(err error) { told = append(told, err) },
	})
	return told, err
}

// TestFrontWithoutIntake: one that ends before it reads is no end of input. After a few of
// them it is the front's own turn.
func TestFrontWithoutIntake(t *testing.T) {
	told, err := runFrontOf(t, "3")
	if !errors.Is(err, ErrNoIntake) || !errors.Is(err, errNotBegun) || len(told) != 1 {
		t.Errorf("%v, told %v", err, told)
	}
}

// TestFrontOfAPanic: Go's runtime ends an intake that has no memory with a status of its own.
func TestFrontOfAPanic(t *testing.T) {
	f := &front{o: FrontOptions{Args: []string{"end", "2"}, Summarize: true}}
	if done, err := f.once(); done || !errors.Is(err, errPanic) {
		t.Error(done, err)
	}
}

func TestFrontEndsWithItsInput(t *testing.T) {
	for _, status := range []string{"0", "1"} {
		if told, err := runFrontOf(t, status); err != nil || told != nil {
			t.Errorf("exit status %s: %v, told %v", status, err, told)
		}
	}
}

// TestFrontAfterAKill: an intake that was killed gets a successor, without a word.
func TestFrontAfterAKill(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if told, err := runFrontOf(t, "0", mark); err != nil || told != nil {
		t.Errorf("%v, told %v", err, told)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("no intake was killed")
	}
}

// TestFrontWantsNoSummary: an intake that nobody asks for its Summary has no pipe for one. The front lets
// go of its output, and so is a process of its own.
func TestFrontWantsNoSummary(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(os.Args[0], "front", "0", mark).Run(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("the intake got another option before its own")
	}
}

// TestFailures: an intake that has lived on, or died otherwise, ends the row of failed starts; a long life
// ends the waiting.
func TestFailures(t *testing.T) {
	told := 0
	f := &front{wait: maxPause, o: FrontOptions{Tell: func(error) { told++ }}}
	died := errors.New("killed")
	for range 3 {
		for _, err := range []error{errNotBegun, startError{died}, errPanic, errNotBegun}[:attempts-1] {
			took := livedOn
			if err != errPanic {
				took = time.Hour // starts alone can take long on a machine that is busy
			}
			if err := f.failing(err, took); err != nil {
				t.Fatalf("%d failures: %v", f.failed, err)
			}
		}
		if err := f.failing(errPanic, livedOn+1); err != nil || f.failed != 0 {
			t.Errorf("one that has lived on: %v, %d failures", err, f.failed)
		}
		_ = f.failing(startError{died}, 0)
		if err := f.failing(died, time.Minute); err != nil || f.failed != 0 || f.wait != maxPause {
			t.Errorf("one that was killed: %v, %d failures, waits %v", err, f.failed, f.wait)
		}
	}
	if told != 6 {
		t.Errorf("%d rows of failures are told", told)
	}
	if _ = f.failing(died, time.Minute+1); f.wait != 0 {
		t.Errorf("after a long life it waits %v", f.wait)
	}
	for range attempts - 1 {
		_ = f.failing(startError{died}, time.Hour)
	}
	if err := f.failing(startError{died}, time.Hour); !errors.Is(err, ErrNoIntake) || !errors.Is(err, died) {
		t.Errorf("failures in a row: %v", err)
	}
}

// TestMemoryThatIsNotThere: an intake takes what it can get, and says so.
func TestMemoryThatIsNotThere(t *testing.T) {
	var notices Notices
	ring, err := ringOf(Options{Stream: "access", Memory: 1 << 50, MaxLine: 128 << 10, Notices: &notices})
	if err != nil {
		t.Fatal(err)
	}
	defer ring.Free()
	if all := notices.unwritten(); len(all) != 1 {
		t.Errorf("%d of %d bytes, and notices %v", ring.Size(), 1<<50, all)
	}
}
