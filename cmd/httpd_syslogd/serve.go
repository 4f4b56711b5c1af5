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
	"strings"
	"sync"
	"syscall"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/cmd/internal/stores"
	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/account"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/journal"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/status/senders"
	"httpd-syslog/forwarder/web"
	"httpd-syslog/forwarder/words"
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
	if err := stores.Become(len(kinds) > 0, s.Relays, nil); err != nil {
		cli.Complain(stderr, err) // relays to stores wait, and nothing else has to
	}
	sv := &serving{flags: f, stderr: stderr, started: time.Now(), loaded: time.Now(), manager: newManager()}
	if err := sv.open(ctx, s); err != nil {
		return sv.conclude(errors.Join(err, sv.listen.close()))
	}
	return sv.run(ctx, reloads)
}

// memoryLimit is how many bytes of memory there may be before garbage is collected without
// delay: senders that give the listeners half of a long message a thousand times would
// otherwise make it 64 MB.
const memoryLimit = 40 << 20

// serving is the service and all that belongs to its process: listeners, HTTP server, journal, and the
// service manager.
type serving struct {
	flags    cli.Flags
	settings settings // in force; of run alone
	stderr   io.Writer
	started  time.Time
	manager  *manager
	service  *forwarder.Service
	journal  *journal.Journal
	http     httpServer
	listen   *listeners
	pulse    pulse
	early    []event.Event // told before there was a service

	status struct { // has a lock of its own, so that who reads the status waits for no disk
		mu     sync.Mutex
		reader *status.Reader
	}

	mu       sync.Mutex
	loaded   time.Time // when the configuration in force was
	rejected string    // why the configuration file as it is now is not in force; empty: it is
}

// open does all that may fail, and all that only root may do; at its end the process is root's
// no more. When ctx ends the inlets no longer have senders wait for room.
func (sv *serving) open(ctx context.Context, s settings) error {
	sv.settings = s
	commit, _ := cli.Origin()
	sv.status.reader = status.NewReader(s.State())
	sv.http.server = web.New(web.Options{Status: sv.readStatus, Senders: senders.NewReader(s.State()).All, Alive: sv.pulse.check, Host: s.Hostname, Version: cli.Version, Commit: commit})
	sv.http.failed = sv.httpFailed
	sv.journal = journal.New(sv.stderr)
	sv.listen = newListeners(sv.stderr)
	for _, err := range append(s.Troubles(), sv.http.listen(s.HTTP.Listen)) {
		if err != nil {
			cli.Complain(sv.stderr, err)
		}
	}
	sv.listen.tell = sv.tell
	sv.listen.bind(s)
	if err := account.DropPrivileges(s.User, s.StateDir, s.Log.Dir); err != nil {
		return err
	}
	service, err := forwarder.NewService(forwarder.ServiceOptions{
		Deliver: sv.deliverer(s), Tell: sv.journal.Tell, Beat: func() {
			sv.pulse.beat()
			sv.manager.beat()
		}, BeatEvery: sv.manager.every,
	})
	if err != nil {
		return err
	}
	sv.service = service
	service.TellEarly(sv.early)
	sv.listen.unsynced = func(err error) { service.Trouble(&event.CollectUnsynced, "", err) }
	return sv.listen.openInlets(ctx, s, sv.deliverer(s), sv.journal.Tell)
}

// tell logs an event; before there is a service to do that, the event waits.
func (sv *serving) tell(e event.Event) {
	if sv.service != nil {
		sv.service.Tell(e)
	} else {
		sv.early = append(sv.early, e)
	}
}

// httpFailed tells of an error of the HTTP server.
func (sv *serving) httpFailed(err error) {
	sv.service.Tell(event.HTTPFailing.With("cause", strings.TrimPrefix(err.Error(), notServed)))
}

// deliverer are the options for delivery, with the functions by which a status tells of this
// process: its configuration and its listeners.
func (sv *serving) deliverer(s settings) forwarder.DelivererOptions {
	o := s.deliverer()
	sv.mu.Lock()
	defer sv.mu.Unlock()
	o.Info = status.Delivery{Version: cli.Version, Since: sv.started, Config: s.Path, Loaded: sv.loaded}
	o.Rejected, o.Listeners = sv.whyRejected, sv.listen.status
	return o
}

func (sv *serving) whyRejected() string {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	return sv.rejected
}

// readStatus reads the status.
func (sv *serving) readStatus() (status.Status, error) {
	sv.status.mu.Lock()
	defer sv.status.mu.Unlock()
	return sv.status.reader.Read()
}

// sayEvery is how often the service manager's line is brought up to date.
const sayFirst, sayEvery = 2 * time.Second, 10 * time.Second

// say tells the service manager in words how the delivery is doing, whenever that has changed,
// until ctx ends. It begins after sayFirst: before that relays still connect.
func (sv *serving) say(ctx context.Context) {
	t := time.NewTimer(sayFirst)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			now := time.Now()
			t.Reset(now.Truncate(sayEvery).Add(sayEvery).Sub(now)) // at the moments at which an idle delivery wakes up, too
		case <-ctx.Done():
			return
		}
		if st, err := sv.readStatus(); err == nil {
			sv.manager.status(words.Findings(&st)[0].String())
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
	sv.journal.Close()
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
			sv.httpFailed(herr)
		}
		sv.http.serve()
		o := sv.deliverer(s)
		if lerr := sv.listen.reload(s, o.Streams); lerr != nil {
			sv.service.Tell(event.StreamsUnchanged.With("cause", lerr))
		}
		sv.http.server.SetHost(s.Hostname)
		sv.settings = s
		sv.service.TellLoaded(o)
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
		sv.service.Tell(event.ConfigRejected.With("cause", err))
	}
}

// takeOver puts settings in force, all or none.
func (sv *serving) takeOver(ctx context.Context, s settings) error {
	if dir := sv.service.StateDir(); s.State() != dir {
		return fmt.Errorf("%s: state_dir: %q: it cannot change while the service runs, and is %q (restart the service)", s.Path, s.StateDir, dir)
	}
	sv.mu.Lock()
	sv.loaded = time.Now()
	sv.mu.Unlock()
	return sv.service.Reload(ctx, sv.deliverer(s))
}
