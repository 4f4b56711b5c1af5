package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/config"
	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/fault"
)

// reportFD is where a front wants to have the intake's summary, if at all.
const reportFD = 3

// lastTry is how long an intake whose input has ended tries to write what it
// still has in memory.
const lastTry = 10 * time.Minute

// runIntake reads standard input to its end, whatever is wrong with the
// configuration.
func runIntake(_ context.Context, args []string, _, stderr io.Writer) int {
	takeName()
	oneProcessor()
	report := os.NewFile(reportFD, "report")
	if _, err := unix.FcntlInt(reportFD, unix.F_GETFD, 0); err != nil {
		report = nil
	} else {
		unix.CloseOnExec(reportFD)
	}
	f, err := parseFlags(args, nil)
	if err != nil {
		complain(stderr, err)
	}
	s, err := load(f)
	if err != nil {
		complain(stderr, err)
		fmt.Fprintf(stderr, "httpd_syslog: lines wait in the spool %s until that is mended\n", forwarder.SpoolDir(s.StateDir))
	}
	o := intakeOptions(f, s, err == nil)
	startUpChecks(f, s, err == nil, stderr)
	if report == nil {
		_ = forwarder.LetGo() // failing that, the pipe behind it stays open
	}
	sum, err := forwarder.RunIntake(o)
	if report != nil {
		if err != nil {
			complain(stderr, err)
		}
		_ = json.NewEncoder(report).Encode(sum) // a front that has gone needs none
	}
	return exitStatus(sum)
}

func intakeOptions(f flags, s settings, known bool) forwarder.IntakeOptions {
	d := &starter{flags: f, stateDir: s.StateDir, service: s.Deliver == config.Service}
	o := forwarder.IntakeOptions{
		Stream: f.stream, Host: s.Hostname, StateDir: s.StateDir,
		Memory: int(s.Spool.Memory), Block: s.Spool.Full == config.Block, MaxLine: s.Spool.MaxLine,
		MaxSpool: s.Spool.MaxSize, Sync: s.Spool.Sync > 0, LastTry: lastTry, Start: d.start, Leave: d.leave,
	}
	o.Drop = func() {
		// One that fails, which startUpChecks and check tell of, is no reason to stop
		// the web server.
		_ = forwarder.DropPrivileges(s.User, s.StateDir, s.Log.Dir)
	}
	if !known {
		o.Relocate = func() (string, bool) {
			s, err := load(f)
			if err != nil {
				return "", false
			}
			d.stateDir, d.service = s.StateDir, s.Deliver == config.Service
			return s.StateDir, true
		}
	}
	return o
}

// startUpChecks says on standard error what will keep lines from where they
// are wanted; it is the only chance to, before the events have a way.
func startUpChecks(f flags, s settings, known bool, stderr io.Writer) {
	for _, err := range s.troubles() {
		if err != nil {
			complain(stderr, err)
		}
	}
	if !known {
		return
	}
	if _, ok := s.stream(f.stream); !ok {
		fmt.Fprintf(stderr, "httpd_syslog: stream %q is not in %s: its lines wait in the spool until it is\n", f.stream, s.path)
	}
	if err := forwarder.CheckConsumers(s.StateDir, s.consumers()); err != nil {
		complain(stderr, err)
	}
}

// starter starts deliverers, one at a time, and not too often.
type starter struct {
	flags     flags
	stateDir  string
	service   bool          // only the service delivers
	running   chan struct{} // closed when the last one started has ended
	failed    bool          // it did, and at once; read when running is closed
	failures  int
	notBefore time.Time
	deferred  time.Time // since when another process starts one
}

const maxPause = 5 * time.Second

// atOnce: a deliverer that fails later has been at work, and lines wait for the next.
const atOnce = time.Second

// start sees to it that somebody delivers. It reports whether somebody does.
func (d *starter) start() bool {
	if d.running != nil {
		select {
		case <-d.running:
			d.ended()
		default:
			return true
		}
	}
	if forwarder.Delivering(d.stateDir) {
		return true
	}
	if d.service || forwarder.ServiceRuns(d.stateDir) {
		return false // the service will
	}
	if time.Now().Before(d.notBefore) {
		return false
	}
	release, mine := d.lockStart()
	if !mine {
		return false
	}
	if forwarder.Delivering(d.stateDir) { // started by who had the lock before
		release()
		return true
	}
	cmd := forwarder.Self(append([]string{"deliver"}, d.flags.args()...)...)
	cmd.Dir = "/"
	if err := cmd.Start(); err != nil {
		release()
		return false
	}
	started, done := time.Now(), make(chan struct{})
	d.running = done
	go func() {
		d.failed = cmd.Wait() != nil && time.Since(started) < atOnce
		close(done)
	}()
	go func(stateDir string) {
		awaitStart(stateDir, done)
		release()
	}(d.stateDir)
	return true
}

// lockStart takes the lock to start a deliverer. A process that has it for longer than
// a start takes stands still, and is not waited for.
func (d *starter) lockStart() (release func(), mine bool) {
	release, mine = forwarder.LockStart(d.stateDir)
	switch {
	case mine:
		d.deferred = time.Time{}
	case d.deferred.IsZero():
		d.deferred = time.Now()
	case time.Since(d.deferred) > atOnce:
		return func() {}, true
	}
	return release, mine
}

// awaitStart waits until the deliverer that was started delivers, or has ended.
func awaitStart(stateDir string, ended <-chan struct{}) {
	const looks = 50
	for n := 0; n < looks && !forwarder.Delivering(stateDir); n++ {
		select {
		case <-ended:
			return
		case <-time.After(atOnce / looks):
		}
	}
}

// leave sees to it that somebody goes on delivering. A deliverer that is just
// ending may not have seen the last lines, one that was just killed has the lock
// for a moment still, and nobody starts another: hence the wait for a sign of life.
func (d *starter) leave() {
	const looks, apart = 100, 50 * time.Millisecond
	if d.service {
		return
	}
	ended := time.Now()
	for n := 0; n < looks && !forwarder.DeliveredAfter(d.stateDir, ended); n++ {
		if d.start() {
			fault.Point("intake.leave")
		}
		time.Sleep(apart)
	}
}

// ended makes the next start wait if the last one failed.
func (d *starter) ended() {
	d.running = nil
	if !d.failed {
		d.failures = 0
		return
	}
	d.failures++
	d.notBefore = time.Now().Add(min(time.Duration(d.failures)*time.Second, maxPause))
}
