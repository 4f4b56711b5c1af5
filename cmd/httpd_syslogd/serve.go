package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/web"
)

// runServe is the system service: it delivers for good what intakes spool.
func runServe(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	intake.CloseInherited(handed()...)
	cli.OneProcessor()
	debug.SetMemoryLimit(memoryLimit)
	signal.Ignore(syscall.SIGPIPE)
	reloads := make(chan os.Signal, 1)
	signal.Notify(reloads, syscall.SIGHUP)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	f, err := cli.ParseFlags(args, nil)
	if errors.Is(err, flag.ErrHelp) {
		return cli.RunHelp(ctx, nil, stdout, stderr)
	}
	if err != nil {
		cli.Complain(stderr, err)
		return cli.ExitUsage
	}
	s, err := load(f)
	if err != nil {
		cli.Complain(stderr, err)
		return cli.ExitUnable
	}
	sv := &serving{flags: f, stderr: stderr, started: time.Now(), loaded: time.Now(), manager: newManager()}
	if err := sv.open(ctx, s); err != nil {
		return sv.conclude(errors.Join(err, sv.listen.close()))
	}
	return sv.run(ctx, reloads)
}

// memoryLimit is from when on garbage is collected without delay: those who send the
// listeners half of a long message a thousand times are not to make it 64 MB.
const memoryLimit = 40 << 20

// serving is the service with what is around it.
type serving struct {
	flags    cli.Flags
	settings settings // in force; of run alone
	stderr   io.Writer
	started  time.Time
	manager  *manager
	service  *forwarder.Service
	journal  *journal
	http     httpServer
	listen   *listeners
	pulse    pulse

	status struct { // guarded by its own mu, since the disk may be slow
		mu     sync.Mutex
		reader *forwarder.StatusReader
	}

	mu       sync.Mutex
	loaded   time.Time // when the configuration in force was
	rejected string    // why the file as it is now is not in force
}

// open does what may fail, and what only root may do before it is root no more. Senders
// do not wait for room any more when ctx ends.
func (sv *serving) open(ctx context.Context, s settings) error {
	sv.settings = s
	commit, _ := cli.Origin()
	sv.status.reader = forwarder.NewStatusReader(s.StateDir)
	sv.http.server = web.New(web.Options{Status: sv.look, Alive: sv.pulse.check, Host: s.Hostname, Version: cli.Version, Commit: commit})
	sv.http.failed = func(err error) { sv.service.Event(syslogfmt.Err, "%v", err) }
	sv.journal = newJournal(sv.stderr)
	sv.listen = newListeners(sv.stderr)
	for _, err := range append(s.Troubles(), sv.http.listen(s.HTTP.Listen)) {
		if err != nil {
			cli.Complain(sv.stderr, err)
		}
	}
	sv.listen.event = func(severity syslogfmt.Severity, format string, args ...any) {
		if sv.service != nil {
			sv.service.Event(severity, format, args...)
			return
		}
		sv.journal.tell(severity, fmt.Sprintf(format, args...))
	}
	sv.listen.bind(s)
	if err := account.DropPrivileges(s.User, s.StateDir, s.Log.Dir); err != nil {
		return err
	}
	service, err := forwarder.NewService(forwarder.ServiceOptions{
		Deliver: sv.deliverer(s), Tell: sv.journal.tell, Beat: func() {
			sv.pulse.beat()
			sv.manager.beat()
		}, BeatEvery: sv.manager.every,
	})
	if err != nil {
		return err
	}
	sv.service = service
	return sv.listen.take(ctx, s, sv.deliverer(s), sv.journal.tell)
}

// deliverer are the options for delivery, with what status is to say of this process.
func (sv *serving) deliverer(s settings) forwarder.DelivererOptions {
	o := s.deliverer()
	sv.mu.Lock()
	defer sv.mu.Unlock()
	o.Info = forwarder.Delivery{Version: cli.Version, Since: sv.started, Config: s.Path, Loaded: sv.loaded}
	o.Rejected, o.Listeners = sv.whyRejected, sv.listen.status
	return o
}

func (sv *serving) whyRejected() string {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	return sv.rejected
}

// look reads the status.
func (sv *serving) look() (forwarder.Status, error) {
	sv.status.mu.Lock()
	defer sv.status.mu.Unlock()
	return sv.status.reader.Read()
}

// sayEvery is how often the service manager's line is brought up to date.
const sayFirst, sayEvery = 2 * time.Second, 10 * time.Second

// say tells the service manager in words how the delivery is doing, if that has
// changed. The first time is when there has been time for something to tell.
func (sv *serving) say(ctx context.Context) {
	t := time.NewTimer(sayFirst)
	defer t.Stop()
	said := ""
	for {
		select {
		case <-t.C:
			now := time.Now()
			t.Reset(now.Truncate(sayEvery).Add(sayEvery).Sub(now)) // when the delivery wakes up, too
		case <-ctx.Done():
			return
		}
		if st, err := sv.look(); err == nil {
			if text := report.Findings(&st)[0].String(); text != said {
				said = text
				sv.manager.status(text)
			}
		}
	}
}

// run serves until ctx ends.
func (sv *serving) run(ctx context.Context, reloads <-chan os.Signal) int {
	working, stop := context.WithCancel(context.Background()) // delivery goes on while listeners end
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- sv.service.Run(working) }()
	sv.listen.serve()
	sv.http.serve()
	defer sv.http.close()
	var saying sync.WaitGroup
	defer saying.Wait()
	said, hush := context.WithCancel(ctx)
	defer hush()
	saying.Go(func() { sv.say(said) })
	sv.manager.ready()
	for {
		var retry <-chan time.Time
		if sv.listen.lack() {
			retry = time.After(retryEvery)
		}
		select {
		case <-sv.listen.lost:
		case <-retry:
			sv.listen.bind(sv.settings)
			sv.listen.serve()
		case <-reloads:
			sv.manager.reloading()
			sv.reload(ctx)
			sv.manager.ready()
		case <-ctx.Done():
			sv.manager.stopping()
			err := sv.listen.close()
			stop()
			return sv.conclude(errors.Join(err, <-ended))
		case err := <-ended:
			return sv.conclude(errors.Join(err, sv.listen.close()))
		}
	}
}

func (sv *serving) conclude(err error) int {
	sv.journal.close()
	if err != nil {
		cli.Complain(sv.stderr, err)
		return cli.ExitUnable
	}
	return cli.ExitOK
}

// reload takes over the configuration file as it is now, if it can be used.
func (sv *serving) reload(ctx context.Context) {
	s, err := load(sv.flags)
	if err == nil {
		err = sv.takeOver(ctx, s)
	}
	if err == nil {
		if herr := sv.http.listen(s.HTTP.Listen); herr != nil {
			sv.service.Event(syslogfmt.Err, "%v", herr)
		}
		sv.http.serve()
		if lerr := sv.listen.reload(s, sv.deliverer(s).Streams); lerr != nil {
			sv.service.Event(syslogfmt.Err, "%v", lerr)
		}
		sv.http.server.SetHost(s.Hostname)
		sv.settings = s
	}
	if ctx.Err() != nil {
		return
	}
	sv.mu.Lock()
	sv.rejected = ""
	if err != nil {
		sv.rejected = err.Error()
	}
	sv.mu.Unlock()
	if err != nil {
		sv.service.Event(syslogfmt.Err, "configuration rejected, the one before stays in force: %v", err)
	}
}

// takeOver puts settings in force, all or none.
func (sv *serving) takeOver(ctx context.Context, s settings) error {
	if dir := sv.service.StateDir(); s.StateDir != dir {
		return fmt.Errorf("%s: state_dir: %q: it cannot change while the service runs, and is %q (restart the service)", s.Path, s.StateDir, dir)
	}
	sv.mu.Lock()
	sv.loaded = time.Now()
	sv.mu.Unlock()
	return sv.service.Reload(ctx, sv.deliverer(s))
}
