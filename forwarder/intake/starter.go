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
	StateDir string
	Service  bool                        // only the service delivers
	Launch   func() (pid int, err error) // starts a deliverer
	Tell     func(trouble error)         // is told what keeps one from delivering, once; nil: nothing any more

	pid       int // of the last one started, until its end is known
	started   time.Time
	failures  int // so many have failed at once
	notBefore time.Time
	deferred  time.Time // since when another process starts one
	told      string    // the trouble that Tell knows of
	missing   bool      // there is no program to start
}

const (
	// longestWait is that for the next start after some that have failed.
	longestWait = 5 * time.Second
	// atOnce: a deliverer that fails later has been at work, and lines wait for the next.
	atOnce = time.Second
)

// Start sees to it that somebody delivers. It reports whether somebody does, and does not
// block for long.
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
	if statedir.Delivering(d.StateDir) {
		d.tell(nil)
		return true
	}
	if d.Service || statedir.ServiceRuns(d.StateDir) {
		return false // the service will
	}
	return time.Now().After(d.notBefore) && d.launch()
}

// launch starts a deliverer, unless another process does.
func (d *Starter) launch() bool {
	release, mine := d.lockStart()
	if !mine {
		return false
	}
	if statedir.Delivering(d.StateDir) { // started by who had the lock before
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
	go func(stateDir string) {
		awaitStart(stateDir)
		release()
	}(d.StateDir)
	return true
}

// lockStart takes the lock to start a deliverer. A process that has it for longer than
// a start takes stands still, and is not waited for.
func (d *Starter) lockStart() (release func(), mine bool) {
	release, mine = statedir.LockStart(d.StateDir)
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
func awaitStart(stateDir string) {
	const looks = 50
	for n := 0; n < looks && !statedir.Delivering(stateDir); n++ {
		time.Sleep(atOnce / looks)
	}
}

// over notes that the last one has ended. The next start waits if it has failed at once.
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

// tell tells of a trouble, once.
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

// Leave sees to it that somebody goes on delivering. A deliverer that is just
// ending may not have seen the last lines, one that was just killed has the lock
// for a moment still, and nobody starts another: hence the wait for a sign of life.
func (d *Starter) Leave() {
	const looks, apart = 100, 50 * time.Millisecond
	if d.Service {
		return
	}
	ended := time.Now()
	for n := 0; n < looks && !statedir.DeliveredAfter(d.StateDir, ended); n++ {
		if d.Start() {
			fault.Point("intake.leave")
		}
		if d.missing {
			return
		}
		statedir.Knock(d.StateDir)
		time.Sleep(apart)
	}
}
