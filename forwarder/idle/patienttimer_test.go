package idle

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestPatientTimer(t *testing.T) {
	for name, noDescriptor := range map[string]bool{"timerfd": false, "none free": true} {
		t.Run(name, func(t *testing.T) {
			if noDescriptor {
				leaveNoDescriptor(t)
			}
			p := NewPatientTimer(time.Hour)
			defer p.Stop()
			if (p.file == nil) != noDescriptor {
				t.Fatalf("file %v", p.file)
			}
			for range 3 {
				began := time.Now()
				p.Reset(20 * time.Millisecond)
				<-p.C
				if took := time.Since(began); took < 20*time.Millisecond {
					t.Errorf("early: after %v", took)
				}
			}
			p.Reset(0)
			<-p.C
			p.Reset(0)
			for len(p.C) == 0 {
				time.Sleep(time.Millisecond)
			}
			p.Reset(time.Hour)
			if len(p.C) != 0 {
				t.Error("what was over before Reset is told after it")
			}
			for i := range 5000 {
				p.Reset(0)
				select {
				case <-p.C:
				case <-time.After(time.Minute):
					t.Fatalf("wait %d, which is over at once, is never told of", i)
				}
			}
		})
	}
}

// TestResetForgetsTheWaitBefore: one that ends just then is not told for the next.
func TestResetForgetsTheWaitBefore(t *testing.T) {
	p := NewPatientTimer(time.Hour)
	defer p.Stop()
	for i := range 5000 {
		p.Reset(time.Duration(i%100) * time.Microsecond)
		for until := time.Now().Add(50 * time.Microsecond); time.Now().Before(until); {
		}
		p.Reset(time.Hour)
		time.Sleep(10 * time.Microsecond)
		if len(p.C) != 0 {
			t.Fatalf("wait %d, of an hour, is over at once", i)
		}
	}
}

// leaveNoDescriptor takes away the right to open any more, for the test.
func leaveNoDescriptor(t *testing.T) {
	t.Helper()
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 0, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
			t.Error(err)
		}
	})
}
