package forwarder

import (
	"context"
	"errors"
	"fmt"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/event"
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
	// Beat, if not nil, is called at each look for lines, and at each attempt to begin the
	// delivery: every few seconds, and at least every BeatEvery, if that is not 0.
	Beat      func()
	BeatEvery time.Duration
}

// ErrService: another process is the service of the state directory.
var ErrService = errors.New("another service delivers from this state directory")

// Service delivers from a state directory for good. While there is one, nobody else
// does.
type Service struct {
	o       ServiceOptions // for Run alone once it has begun
	dir     statedir.Dir
	lock    *statedir.Lock
	events  *audit.Log
	reloads chan reload
	ended   chan struct{} // closed when Run has ended
}

// NewService takes the state directory for this process. ErrService: another one has
// it.
func NewService(o ServiceOptions) (*Service, error) {
	if err := o.Deliver.StateDir.Make(); err != nil {
		return nil, err
	}
	s := &Service{o: o, dir: o.Deliver.StateDir, reloads: make(chan reload), ended: make(chan struct{})}
	if err := s.hold(); err != nil {
		return nil, err
	}
	s.events = audit.New(audit.Options{StateDir: o.Deliver.StateDir, Host: o.Deliver.Host, RollSize: spool.RollSize(o.Deliver.MaxSpool), Tell: o.Tell})
	if err := s.events.Recall(); err != nil {
		s.lock.Release()
		return nil, err
	}
	return s, nil
}

// hold takes service.lock. It tries for a while: a process that only looks whether the lock is
// taken holds it for a moment.
func (s *Service) hold() error {
	const tries, wait = 20, 10 * time.Millisecond
	var err error
	for range tries {
		var lock *statedir.Lock
		if lock, err = statedir.TakeLock(s.dir.ServiceLock()); err == nil {
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

// StateDir is the state directory that the service delivers from.
func (s *Service) StateDir() statedir.Dir { return s.dir }

// Tell logs an event, and returns the incident that it begins or belongs to.
func (s *Service) Tell(e event.Event) (incident string) { return s.events.Tell(e) }

// Trouble tells of what fails again and again, once, and once more when it is over: with a nil error.
func (s *Service) Trouble(kind *event.Kind, subject string, err error) {
	s.events.Trouble(kind, subject, err)
}

// TellEarly logs the events that were told before there was a service: where addresses cannot be listened
// at. Of these, those are not told again that go on since before the process was started, and those have
// an end that do not go on.
func (s *Service) TellEarly(early []event.Event) {
	failing := map[string]bool{}
	for _, e := range early {
		address := e.Value("listener")
		failing[address] = failing[address] || e.Kind == &event.ListenFailing
		if e.Kind != &event.ListenFailing || s.events.Opened(e.Kind, address) == nil {
			s.events.Tell(e)
		}
	}
	for _, in := range s.events.Open() {
		if in.Code == event.ListenFailing.Code && !failing[in.Subject] {
			s.events.Tell(event.ListenBack.With("listener", in.Subject))
		}
	}
}

// Run delivers until ctx ends, and then for DrainTimeout at most. It blocks until then. A failure
// at its beginning is returned, as one of RunDeliverer; a later failure becomes an event, and the
// delivery is tried again.
func (s *Service) Run(ctx context.Context) error {
	defer func() { s.lock.Release() }() // evaluated at the end: hold may have taken another lock by then
	defer close(s.ended)
	defer s.events.Close()
	s.tellBegin()
	for first := true; ; first = false {
		if s.o.Beat != nil {
			s.o.Beat() // where the delivery cannot begin there is no watcher to call it
		}
		err := s.deliver(ctx)
		if ctx.Err() != nil {
			return nil
		}
		switch {
		case err == nil, errors.Is(err, ErrDelivering): // another deliverer gives way soon
		case first:
			return err
		default:
			s.events.Trouble(&event.ServiceFailing, "", err)
			consumer.Sleep(ctx, s.o.Deliver.Timing.tick())
		}
	}
}

// deliver delivers until ctx ends, or until the state directory is another one.
func (s *Service) deliver(ctx context.Context) error {
	o := s.o.Deliver
	if !s.lock.Valid() {
		s.lock.Release()
		if err := errors.Join(o.StateDir.Make(), s.hold()); err != nil {
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
	s.events.Trouble(&event.ServiceFailing, "", nil)
	d.service, d.reloads = true, s.reloads
	d.watcher.beat = s.o.Beat
	if every := s.o.BeatEvery; every > 0 {
		d.watcher.rhythm.Slow = min(every, idle.SlowTick)
	}
	err = d.run(ctx)
	s.o.Deliver = d.o // a reload may have changed the options
	return err
}

// Reload takes over changed options, but for StateDir, which stays. Consumers whose settings are
// the same go on, with their connections. It blocks until the others have ended, and until Run
// has taken the options over or ctx ends. After an error everything is as before. TellLoaded tells of it.
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
