package forwarder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// ServiceOptions say what the service does.
type ServiceOptions struct {
	Deliver DelivererOptions
	// Tell, if not nil, is told each event as well. It may be called from several
	// goroutines.
	Tell func(s syslogfmt.Severity, text string)
	// Beat, if not nil, is called every few seconds as long as lines are looked for, or
	// that is tried, at least as often as BeatEvery, if that is not 0.
	Beat      func()
	BeatEvery time.Duration
}

// ErrService: another process is the service of the state directory.
var ErrService = errors.New("another service delivers from this state directory")

// Service delivers from a state directory for good. While there is one, nobody else
// does.
type Service struct {
	o       ServiceOptions // of Run alone, from its beginning on
	dir     string
	lock    *statedir.Lock
	events  *eventLog
	reloads chan reload
	ended   chan struct{} // closed when Run has ended
}

// NewService takes the state directory for this process. ErrService: another one has
// it.
func NewService(o ServiceOptions) (*Service, error) {
	if err := statedir.Make(o.Deliver.StateDir); err != nil {
		return nil, err
	}
	s := &Service{o: o, dir: o.Deliver.StateDir, reloads: make(chan reload), ended: make(chan struct{})}
	if err := s.hold(); err != nil {
		return nil, err
	}
	s.events = newEventLog(o.Deliver.StateDir, o.Deliver.Host, spool.RollSize(o.Deliver.MaxSpool))
	s.events.tell = o.Tell
	return s, nil
}

// hold takes the lock. Those who only look whether it is taken hold it for a moment.
func (s *Service) hold() error {
	const tries, wait = 20, 10 * time.Millisecond
	var err error
	for range tries {
		var lock *statedir.Lock
		if lock, err = statedir.TakeLock(statedir.ServiceLock(s.dir)); err == nil {
			s.lock = lock
			return lock.Sign()
		}
		if !errors.Is(err, statedir.ErrLocked) {
			return err
		}
		time.Sleep(wait)
	}
	return fmt.Errorf("%w: %s", ErrService, s.dir)
}

// StateDir is the state directory that it delivers from.
func (s *Service) StateDir() string { return s.dir }

// Event logs an event, as text of a format.
func (s *Service) Event(severity syslogfmt.Severity, format string, args ...any) {
	s.events.log(severity, format, args...)
}

// Run delivers until ctx ends, and then for DrainTimeout at most. What cannot be done
// at its beginning is an error, as RunDeliverer has them; what fails later is an
// event, and tried again.
func (s *Service) Run(ctx context.Context) error {
	defer func() { s.lock.Release() }() // the one that it has then
	defer close(s.ended)
	defer s.events.close()
	s.events.log(syslogfmt.Info, "service has begun: %s, process %d", s.o.Deliver.Info.Version, os.Getpid())
	for first := true; ; first = false {
		if s.o.Beat != nil {
			s.o.Beat() // nobody else does where it cannot begin
		}
		err := s.deliver(ctx)
		if ctx.Err() != nil {
			return nil
		}
		switch {
		case err == nil, errors.Is(err, ErrDelivering): // who is about to give way
		case first:
			return err
		default:
			s.events.trouble(syslogfmt.Err, cannotDeliver, err)
			sleep(ctx, idle.Tick)
		}
	}
}

const cannotDeliver = "the service cannot deliver, and tries again"

// deliver delivers until ctx ends, or until the state directory is another one.
func (s *Service) deliver(ctx context.Context) error {
	o := s.o.Deliver
	if !s.lock.Valid() {
		s.lock.Release()
		if err := errors.Join(statedir.Make(o.StateDir), s.hold()); err != nil {
			return err
		}
	}
	lock, err := lockDelivery(ctx, o.StateDir)
	if err != nil {
		return err
	}
	defer lock.Release()
	d, err := newDeliverer(o, lock, s.events)
	if err != nil {
		return err
	}
	s.events.trouble(syslogfmt.Err, cannotDeliver, nil)
	d.service, d.reloads = true, s.reloads
	d.watcher.beat = s.o.Beat
	if every := s.o.BeatEvery; every > 0 {
		d.watcher.rhythm.Slow = min(every, idle.SlowTick)
	}
	err = d.run(ctx)
	s.o.Deliver = d.o // it may have been reloaded
	return err
}

// Reload takes over changed options, but for StateDir, which stays. Consumers that
// did not change go on, connections included. An error leaves everything as it was.
func (s *Service) Reload(ctx context.Context, o DelivererOptions) error {
	o.StateDir = s.dir
	r := reload{o, make(chan error, 1)}
	select {
	case s.reloads <- r:
	case <-s.ended:
		return errors.New("the service has ended")
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-r.done
}
