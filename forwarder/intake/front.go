package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/intake/signals"
)

// FrontOptions say what a front starts.
type FrontOptions struct {
	Args      []string // of the intake: what follows the program's name
	Summarize bool     // have the intake write a Summary, for RunFront to return
	// Follower gives the arguments with which this program calls RunFront with Intake; nil: the
	// front stays what it is.
	Follower func(intake int) []string
	Intake   int // the process id of a child that is to be followed; 0: one is to be started
	// Tell is told what goes wrong, as long as standard error is there.
	Tell func(error)
}

// ErrNoIntake: no intake can be started, or none begins to read.
var ErrNoIntake = errors.New("no intake can be started")

// Exit statuses of an intake.
const (
	ExitLost     = 1 // its input has ended, and lines were lost on the way
	exitPanic    = 2 // of Go's runtime, where it has no memory and no thread too
	ExitNotBegun = 3 // it could not begin to read
)

// front keeps an intake alive on standard input.
type front struct {
	o         FrontOptions
	signals   signals.Handler
	asked     bool // to end
	settled   bool // the front has let go of what it does not need
	letGo     bool // standard error is not there any more
	summaries []byte
	failed    int           // attempts in a row to start an intake
	wait      time.Duration // before the next attempt
}

// RunFront starts an intake on the same standard input and sees to it that there is an intake
// until the input ends: after an intake that has died it starts another one on the same pipe,
// whose content the kernel has kept. RunFront blocks until then, or until the front is asked to
// end. The intake, which is in a session of its own, reads on when the front ends: Apache waits
// for its error logger to go, and kills it, while lines still come.
//
// Apache's SIGTERM can come a few milliseconds after the start. Go's runtime keeps it until there
// is an intake (package cmd/httpd_syslog/early); without an intake nobody would read the pipe. Once
// there is one SIGTERM may end the front by default, which needs no handler. A handler needs threads
// that do not end with it, so the front then becomes another process of this program, a follower, by
// exec. A front that summarizes, or whose intake has died, listens to signals, and returns when
// SIGTERM or SIGINT comes and there is an intake.
//
// A front does nothing else, so that nothing else can fail, and has no goroutines, since each
// that blocks in a system call costs a thread. ErrNoIntake: nobody reads standard input; the
// caller has to. summaries are the Summaries of all intakes, as JSON, if Summarize is set; of an
// intake that was killed there is none.
func RunFront(o FrontOptions) (summaries []byte, err error) {
	f := &front{o: o}
	signals.IgnoreForGroup()
	if o.Summarize {
		f.signals.Catch()
	}
	defer f.signals.Release()
	fault.Point("front.begun")
	if o.Intake == 0 {
		enlargeStdin()
	}
	for {
		began := time.Now()
		done, err := f.once()
		if done {
			return f.summaries, nil
		}
		f.signals.Catch()
		if err = f.failing(err, time.Since(began)); err != nil {
			return f.summaries, err
		}
		f.pause()
	}
}

// once runs an intake to its end, or until the front is to end. done: standard input has ended,
// or an intake goes on reading it when the front ends.
func (f *front) once() (done bool, err error) {
	summary, in, err := f.summaryPipe()
	if err != nil {
		return false, err
	}
	pid, err := f.intake(in)
	if err != nil {
		return false, err
	}
	fault.Point("front.started")
	if f.becomeFollower(pid) {
		return outlives(pid)
	}
	f.settle()
	fault.Point("front.settled")
	status, ended := f.follow(pid)
	if !ended {
		return true, nil
	}
	f.summaries = append(f.summaries, <-summary...)
	return endOfStatus(status)
}

// intake returns the process id of the intake that the front was given, the first time, and
// else of a new one.
func (f *front) intake(in *os.File) (pid int, err error) {
	if pid, f.o.Intake = f.o.Intake, 0; pid != 0 {
		return pid, nil
	}
	return f.start(in)
}

// becomeFollower makes this process a follower of the intake, and then does not return. It
// returns true if the front is asked to end, and false if this process goes on, with its
// handler, since it has no Follower or the exec fails.
func (f *front) becomeFollower(pid int) (asked bool) {
	if f.o.Follower == nil || f.settled {
		return false
	}
	f.signals.Catch()
	f.makeWay()
	if f.asked = f.signals.Release() || f.asked; f.asked {
		return true
	}
	_ = ExecSelf(f.o.Follower(pid)...)
	f.signals.Catch()
	return false
}

// makeWay waits while the intake starts, unless the front is asked to end: the kernel may have put
// both on one processor, and the intake's first line would wait for the follower's start.
func (f *front) makeWay() {
	const starting = 20 * time.Millisecond
	select {
	case <-time.After(starting):
	case <-f.signals.End:
		f.asked = true
	}
}

// outlives waits until no signal can end an intake that has just been started: before the
// intake has a session of its own, SIGTERM for the front's process group reaches it too.
func outlives(pid int) (done bool, err error) {
	for {
		if status, ended := Reap(pid); ended {
			return endOfStatus(status)
		}
		if ignored, known := ignoresSIGTERM(pid); ignored || !known {
			return true, nil
		}
		time.Sleep(time.Millisecond)
	}
}

// ignoresSIGTERM reads what a process does at SIGTERM; without /proc it is not known.
func ignoresSIGTERM(pid int) (ignored, known bool) {
	b, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status") // without it there is no number below
	_, after, _ := bytes.Cut(b, []byte("\nSigIgn:\t"))
	mask, _, _ := bytes.Cut(after, []byte("\n"))
	n, err := strconv.ParseUint(string(mask), 16, 64)
	return n>>(syscall.SIGTERM-1)&1 == 1, err == nil
}

// settle lets go of what a front does not need once there is an intake.
func (f *front) settle() {
	if f.settled {
		return
	}
	f.settled = true
	CloseInherited()
	if f.o.Summarize {
		return
	}
	f.letGo = LetGo() == nil // failing that, our end of Apache's pipe stays open
	idle.LetGoOfCode()
}

// endOfStatus tells what an intake's exit status means. done: its input has ended.
func endOfStatus(s syscall.WaitStatus) (done bool, err error) {
	switch {
	case s.Signaled():
		return false, fmt.Errorf("intake: killed by signal %d", s.Signal())
	case s.ExitStatus() == 0, s.ExitStatus() == ExitLost:
		return true, nil
	case s.ExitStatus() == ExitNotBegun:
		return false, fmt.Errorf("%w: exit status %d", errNotBegun, s.ExitStatus())
	case s.ExitStatus() == exitPanic:
		return false, fmt.Errorf("%w: exit status %d", errPanic, s.ExitStatus())
	}
	return false, fmt.Errorf("intake: exit status %d", s.ExitStatus())
}

var (
	// errNotBegun: an intake says that it could not begin to read.
	errNotBegun = errors.New("the intake does not begin")
	// errPanic: Go's runtime has ended an intake. It may have begun to read, or not.
	errPanic = errors.New("the intake does not run")
)

// startError is an error of the start of a process.
type startError struct{ error }

func (e startError) Unwrap() error { return e.error }

const (
	// attempts is how many starts in a row may fail. Meanwhile nobody reads the pipe.
	attempts = 5
	// livedOn is how long an intake lives at least that has begun to read, and panics then.
	livedOn = time.Second
	// maxPause is the longest time between two starts.
	maxPause = time.Second
)

// failing counts the failure of an intake that was there for the time took, and sets the time
// to wait. It returns ErrNoIntake when no other attempt is worth its time.
func (f *front) failing(err error, took time.Duration) error {
	var start startError
	if !errors.As(err, &start) && !errors.Is(err, errNotBegun) && (!errors.Is(err, errPanic) || took > livedOn) {
		f.failed = 0
		if took > time.Minute {
			f.wait = 0
		}
		return nil
	}
	f.failed++
	if f.failed >= attempts {
		return fmt.Errorf("%w: %w", ErrNoIntake, err)
	}
	if f.failed == 1 && !f.letGo {
		f.o.Tell(fmt.Errorf("cannot start an intake: %w; it is tried again", err))
	}
	return nil
}

// pause waits before the next start, but not when the front is to end.
func (f *front) pause() {
	t := time.NewTimer(f.wait)
	defer t.Stop()
	for !f.asked {
		select {
		case <-t.C:
			f.wait = min(2*f.wait+10*time.Millisecond, maxPause)
			return
		case <-f.signals.End:
			f.asked = true
		}
	}
}

// start starts an intake. in is where the intake is to write its Summary, or nil.
func (f *front) start(in *os.File) (pid int, err error) {
	if in != nil {
		defer in.Close()
	}
	null, err := nullDevice()
	if err != nil {
		return 0, startError{err}
	}
	defer syscall.Close(null)
	args, files := f.o.Args, []uintptr{0, uintptr(null), 2}
	if in != nil {
		args = append([]string{args[0], fmt.Sprintf("--%s=%d", SummaryFlag, len(files))}, args[1:]...)
		files = append(files, in.Fd())
	}
	return StartSelf(args, files)
}

// SummaryFlag is the intake's option that names the descriptor to write the Summary to.
const SummaryFlag = "report-to"

// follow waits for a child's end, or for the front's.
func (f *front) follow(pid int) (status syscall.WaitStatus, ended bool) {
	if f.signals.Child == nil {
		return reap(pid, 0)
	}
	for {
		if status, ended := Reap(pid); ended {
			return status, true
		}
		if f.asked {
			return 0, false
		}
		select {
		case <-f.signals.Child:
		case <-f.signals.End:
			f.asked = true
		}
	}
}

// summaryPipe returns a channel that gets the Summary of the next intake, and the file that the
// intake writes it to. Without Summarize both are nil.
func (f *front) summaryPipe() (summary <-chan []byte, in *os.File, err error) {
	all := make(chan []byte, 1)
	if !f.o.Summarize {
		all <- nil
		return all, nil, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, startError{fmt.Errorf("pipe: %w", err)}
	}
	go func() {
		b, _ := io.ReadAll(r) // an intake that was killed has written nothing, or half of it
		r.Close()
		all <- b
	}()
	return all, w, nil
}
