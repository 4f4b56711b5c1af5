package intake

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/idle"
)

// FrontOptions say what a front starts.
type FrontOptions struct {
	Args   []string // of the intake: what follows the program's name
	Report bool     // let the intake report what it did, for RunFront to return
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
	o       FrontOptions
	signals signals
	asked   bool // to end
	settled bool // it has let go of what it does not need
	letGo   bool // standard error is not there any more
	reports []byte
	failed  int           // so many attempts to start an intake, one after the other
	wait    time.Duration // before the next
}

// RunFront starts an intake on the same standard input and sees to it that
// there is one until the input ends: one that dies is started again on the same
// pipe, whose content the kernel has kept. It leaves the intake, which is in a session of
// its own, to read on when it ends itself: Apache waits for its error logger to go, and
// kills it, while lines still come.
//
// Apache's SIGTERM can come a few milliseconds after the start. A program that may be a
// front calls this as early as it can. Before there is an intake SIGTERM ends the front,
// and nobody reads the pipe; once there is one, it may: what SIGTERM does by default is all
// that is wanted of a front. Only one that reports, or whose intake has died, listens to
// signals, and then returns when SIGTERM or SIGINT comes and there is an intake.
//
// Nothing else is done here, so that nothing else can fail, and there are no goroutines,
// since each that blocks in a system call costs a thread. ErrNoIntake: nobody reads standard
// input; the caller has to. The reports are what intakes said of themselves, if Report asked
// them to.
func RunFront(o FrontOptions) (reports []byte, err error) {
	signal.Ignore(syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGPIPE) // Apache sends the first two to its whole process group
	enlargeStdin()
	f := &front{o: o}
	if o.Report {
		f.signals.catch()
	}
	defer f.signals.leave()
	for {
		began := time.Now()
		done, err := f.once()
		if done {
			return f.reports, nil
		}
		f.signals.catch()
		if err = f.failing(err, time.Since(began)); err != nil {
			return f.reports, err
		}
		f.pause()
	}
}

// once runs an intake to its end, or until the front is to end. It is done if standard
// input has ended, or is read by an intake that stays.
func (f *front) once() (done bool, err error) {
	report, in, err := f.reportPipe()
	if err != nil {
		return false, err
	}
	pid, err := f.start(in)
	if err != nil {
		return false, err
	}
	f.settle()
	fault.Point("front.started")
	status, ended := f.follow(pid)
	if !ended {
		return true, nil
	}
	f.reports = append(f.reports, <-report...)
	return endOfStatus(status)
}

// settle lets go, when there is an intake, of what a front does not need.
func (f *front) settle() {
	if f.settled {
		return
	}
	f.settled = true
	CloseInherited()
	if f.o.Report {
		return
	}
	f.letGo = LetGo() == nil // failing that, our end of Apache's pipe stays open
	idle.LetGoOfCode()
}

// endOfStatus is what an intake's exit status says: done is that its input has ended.
func endOfStatus(s syscall.WaitStatus) (done bool, err error) {
	switch {
	case s.Signaled():
		return false, fmt.Errorf("intake: killed by signal %d", s.Signal())
	case s.ExitStatus() == 0, s.ExitStatus() == ExitLost:
		return true, nil
	case s.ExitStatus() == ExitNotBegun, s.ExitStatus() == exitPanic:
		return false, fmt.Errorf("%w: exit status %d", errNotBegun, s.ExitStatus())
	}
	return false, fmt.Errorf("intake: exit status %d", s.ExitStatus())
}

// errNotBegun: an intake has ended by itself before the end of its input.
var errNotBegun = errors.New("the intake does not begin")

// startError is that of the start of a process.
type startError struct{ error }

func (e startError) Unwrap() error { return e.error }

const (
	// attempts is how many times in a row a start may fail. While they last nobody reads
	// the pipe.
	attempts = 5
	// livedOn: an intake that ends later has begun.
	livedOn = time.Second
	// maxPause is the longest time between two starts.
	maxPause = time.Second
)

// failing counts what did not work. The error is ErrNoIntake when that is for good.
func (f *front) failing(err error, took time.Duration) error {
	var start startError
	if !errors.As(err, &start) && (!errors.Is(err, errNotBegun) || took > livedOn) {
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
		case <-f.signals.end:
			f.asked = true
		}
	}
}

// start starts an intake. in is where it is to report to, or nil.
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
		args = append([]string{args[0], fmt.Sprintf("--%s=%d", ReportFlag, len(files))}, args[1:]...)
		files = append(files, in.Fd())
	}
	return StartSelf(args, files)
}

// ReportFlag is the intake's option that names the descriptor to report to.
const ReportFlag = "report-to"

// follow waits for a child's end, or for the front's.
func (f *front) follow(pid int) (status syscall.WaitStatus, ended bool) {
	if f.signals.child == nil {
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
		case <-f.signals.child:
		case <-f.signals.end:
			f.asked = true
		}
	}
}

// reportPipe returns what to read a report from, and where the intake writes it. Without
// one there is nothing to read.
func (f *front) reportPipe() (report <-chan []byte, in *os.File, err error) {
	all := make(chan []byte, 1)
	if !f.o.Report {
		all <- nil
		return all, nil, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, startError{fmt.Errorf("pipe: %w", err)}
	}
	go func() {
		b, _ := io.ReadAll(r) // what is missing is not reported
		r.Close()
		all <- b
	}()
	return all, w, nil
}
