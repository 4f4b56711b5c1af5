package intake

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// runFrontOf runs a front whose intakes end so. It keeps the test's standard error, as one
// that reports does. told is what it says of failed starts.
func runFrontOf(t *testing.T, args ...string) (told []error, err error) {
	t.Helper()
	_, err = RunFront(FrontOptions{
		Args: append([]string{"end"}, args...), Report: true,
		Tell: func(err error) { told = append(told, err) },
	})
	return told, err
}

// TestFrontWithoutIntake: one that ends before it reads is no end of input. After a few of
// them it is the front's own turn.
func TestFrontWithoutIntake(t *testing.T) {
	for _, status := range []string{"3", "2"} {
		told, err := runFrontOf(t, status)
		if !errors.Is(err, ErrNoIntake) || len(told) != 1 {
			t.Errorf("exit status %s: %v, told %v", status, err, told)
		}
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

// TestMemoryThatIsNotThere: an intake takes what it can get, and says so.
func TestMemoryThatIsNotThere(t *testing.T) {
	var notices Notices
	ring, err := ringOf(Options{Stream: "access", Memory: 1 << 50, MaxLine: 128 << 10, Notices: &notices})
	if err != nil {
		t.Fatal(err)
	}
	defer ring.Free()
	if all := notices.take(); len(all) != 1 {
		t.Errorf("%d of %d bytes, and notices %v", ring.Size(), 1<<50, all)
	}
}
