package intake

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/statedir"
)

// Starter starts deliverers, one at a time, and not too often. Its methods are for one
// goroutine at a time.
type Starter struct {
	StateDir statedir.Dir
	Service  bool                        // only the service delivers
	Launch   func() (pid int, err error) // starts a deliverer
	Tell     func(trouble error)         // is told once what keeps deliverers from delivering, and nil once it is over

	pid       int // of the last deliverer started, until its end is known; 0: none
	started   time.Time
	failures  int // deliverers in a row that have failed at once
	notBefore time.Time
	deferred  time.Time // since when another process has been starting a deliverer
	told      string    // the trouble that Tell knows of
	missing   bool      // the program that delivers was not found
}

const (
	// longestWait is the longest time before the next start after failed ones.
	longestWait = 5 * time.Second
	// atOnce: a deliverer that fails later than this was at work; the next start need not wait.
	atOnce = time.Second
)

// Start starts a deliverer unless somebody delivers or a start is to wait. It reports whether
// somebody delivers. It blocks for a second or so at most.
func (d *Starter) Start() bool {
	if d.pid != 0 {
		status, ended := Reap(d.pid)
		if !ended {
			if time.Since(d.started) > atOnce {
				d.tell(nil)
			}
			return true
		}
		d.over(status)
	}
	if d.StateDir.Delivering() {
		d.tell(nil)
		return true
	}
	if d.Service || d.StateDir.ServiceRuns() {
		return false // the service will deliver
	}
	return time.Now().After(d.notBefore) && d.launch()
}

// launch starts a deliverer, unless another process does.
func (d *Starter) launch() bool {
	release, mine := d.lockStart()
	if !mine {
		return false
	}
	if d.StateDir.Delivering() { // started by the process that had the lock before
		release()
		return true
	}
	pid, err := d.Launch()
	d.missing = errors.Is(err, ErrNoDaemon)
	if err != nil {
		release()
		d.tell(err)
		d.delay()
		return false
	}
	d.pid, d.started = pid, time.Now()
	go func(stateDir statedir.Dir) {
		awaitStart(stateDir)
		release()
	}(d.StateDir)
	return true
}

// lockStart takes the lock of those who start a deliverer. mine is false while another process
// has it; but a process that holds the lock for longer than a start takes stands still, and is
// not waited for.
func (d *Starter) lockStart() (release func(), mine bool) {
	release, mine = d.StateDir.LockStart()
	switch {
	case mine:
		d.deferred = time.Time{}
	case d.deferred.IsZero():
		d.deferred = time.Now()
	case time.Since(d.deferred) > 2*atOnce:
		return func() {}, true
	}
	return release, mine
}

// awaitStart waits until a deliverer that was started delivers, for a time.
func awaitStart(stateDir statedir.Dir) {
	const looks = 50
	for n := 0; n < looks && !stateDir.Delivering(); n++ {
		time.Sleep(atOnce / looks)
	}
}

// over notes that the last deliverer has ended. If it has failed at once the next start waits.
func (d *Starter) over(status syscall.WaitStatus) {
	d.pid = 0
	if status == 0 || time.Since(d.started) > atOnce {
		d.failures = 0
		return
	}
	d.delay()
	how := fmt.Sprintf("exit status %d", status.ExitStatus())
	if status.Signaled() {
		how = fmt.Sprintf("signal %d", status.Signal())
	}
	d.tell(fmt.Errorf("the deliverer ends as soon as it has begun (%s): \"httpd_syslog check\" says why", how))
}

// delay makes the next start wait.
func (d *Starter) delay() {
	d.failures++
	d.notBefore = time.Now().Add(min(time.Duration(d.failures)*time.Second, longestWait))
}

// tell tells of a trouble, once as long as its text stays the same.
func (d *Starter) tell(trouble error) {
	text := ""
	if trouble != nil {
		text = trouble.Error()
	}
	if text != d.told && d.Tell != nil {
		d.Tell(trouble)
	}
	d.told = text
}

// HandOver sees to it that somebody goes on delivering when this process ends. A deliverer
// that is just ending may not have seen the last lines, and a deliverer that was just killed
// still holds the lock for a moment; nobody would start another one. So HandOver waits for a
// sign of life, for five seconds at most.
func (d *Starter) HandOver() {
	const looks, apart = 100, 50 * time.Millisecond
	if d.Service {
		return
	}
	ended := time.Now()
	for range looks {
		if d.Start() {
			fault.Point("intake.leave")
		}
		if d.missing || d.StateDir.DeliveredAfter(ended) {
			return
		}
		d.StateDir.Knock()
		time.Sleep(apart)
	}
}
