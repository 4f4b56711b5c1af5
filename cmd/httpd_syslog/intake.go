package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/config"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/statedir"
)

// reportFD is where a front wants to have the intake's summary, if at all.
const reportFD = 3

// lastTry is how long an intake whose input has ended tries to write what it
// still has in memory.
const lastTry = 10 * time.Minute

// runIntake reads standard input to its end, whatever is wrong with the
// configuration.
func runIntake(_ context.Context, args []string, _, stderr io.Writer) int {
	cli.TakeName("httpd_syslog")
	cli.OneProcessor()
	report := os.NewFile(reportFD, "report")
	if _, err := unix.FcntlInt(reportFD, unix.F_GETFD, 0); err != nil {
		report = nil
	} else {
		unix.CloseOnExec(reportFD)
	}
	f, err := cli.ParseFlags(args, nil)
	if err != nil {
		cli.Complain(stderr, err)
	}
	s, err := cli.Load(f)
	if err != nil {
		cli.Complain(stderr, err)
		fmt.Fprintf(stderr, "httpd_syslog: lines wait in the spool %s until that is mended\n", statedir.SpoolDir(s.StateDir))
	}
	o := intakeOptions(f, s, err == nil)
	startUpChecks(f, s, err == nil, stderr)
	if report == nil {
		_ = intake.LetGo() // failing that, the pipe behind it stays open
	}
	sum, err := intake.Run(o)
	if report != nil {
		if err != nil {
			cli.Complain(stderr, err)
		}
		_ = json.NewEncoder(report).Encode(sum) // a front that has gone needs none
	}
	return exitStatus(sum)
}

func intakeOptions(f cli.Flags, s cli.Settings, known bool) intake.Options {
	d := &starter{command: func() (*exec.Cmd, error) {
		return intake.Daemon(append([]string{"deliver"}, f.Args()...)...)
	}, stateDir: s.StateDir, service: s.Deliver == config.Service}
	o := intake.Options{
		Stream: f.Stream, Host: s.Hostname, StateDir: s.StateDir,
		Memory: int(s.Spool.Memory), Block: s.Spool.Full == config.Block, MaxLine: s.Spool.MaxLine,
		MaxSpool: s.Spool.MaxSize, Sync: s.Spool.Sync > 0, LastTry: lastTry, Start: d.start, Leave: d.leave,
	}
	o.Drop = func() {
		// One that fails, which startUpChecks and check tell of, is no reason to stop
		// the web server.
		_ = account.DropPrivileges(s.User, s.StateDir, s.Log.Dir)
	}
	if !known {
		o.Relocate = func() (string, bool) {
			s, err := cli.Load(f)
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
func startUpChecks(f cli.Flags, s cli.Settings, known bool, stderr io.Writer) {
	troubles := s.Troubles()
	if s.Deliver != config.Service {
		_, err := intake.FindDaemon()
		troubles = append(troubles, err)
	}
	for _, err := range troubles {
		if err != nil {
			cli.Complain(stderr, err)
		}
	}
	if !known {
		return
	}
	if _, ok := s.Stream(f.Stream); !ok {
		fmt.Fprintf(stderr, "httpd_syslog: stream %q is not in %s: its lines wait in the spool until it is\n", f.Stream, s.Path)
	}
	if err := statedir.CheckConsumers(s.StateDir, s.Consumers()); err != nil {
		cli.Complain(stderr, err)
	}
}

// starter starts deliverers, one at a time, and not too often.
type starter struct {
	command   func() (*exec.Cmd, error) // of a deliverer
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
	if statedir.Delivering(d.stateDir) {
		return true
	}
	if d.service || statedir.ServiceRuns(d.stateDir) {
		return false // the service will
	}
	if time.Now().Before(d.notBefore) {
		return false
	}
	release, mine := d.lockStart()
	if !mine {
		return false
	}
	if statedir.Delivering(d.stateDir) { // started by who had the lock before
		release()
		return true
	}
	cmd, err := d.command()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
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
	release, mine = statedir.LockStart(d.stateDir)
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
	for n := 0; n < looks && !statedir.Delivering(stateDir); n++ {
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
	for n := 0; n < looks && !statedir.DeliveredAfter(d.stateDir, ended); n++ {
		if d.start() {
			fault.Point("intake.leave")
		}
		statedir.Knock(d.stateDir)
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
