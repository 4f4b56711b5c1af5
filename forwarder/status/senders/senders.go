// Package senders reads what a collector knows of all its senders, of which a status has the worst alone. It
// reads files, as package status does, and so works whoever delivers; what they say is as old as the
// collector's last record, five seconds or so.
package senders

import (
	"errors"
	"sync"
	"time"

	"httpd-syslog/forwarder/collector/changes"
	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
)

// Reader reads the senders again and again, and each record of the collector once. Its methods may be called
// by several goroutines.
type Reader struct {
	dir statedir.Dir

	mu  sync.Mutex // guards what follows
	at  cursor.Changes
	all []status.Sender
}

// NewReader returns a reader of the senders of a state directory.
func NewReader(dir statedir.Dir) *Reader { return &Reader{dir: dir} }

// All are all senders, in no order, as they were at the collector's last record. The slice is shared: the
// caller must not change it.
func (r *Reader) All() ([]status.Sender, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	const attempts = 3 // a collector may begin another file meanwhile
	for i := 1; ; i++ {
		c, err := cursor.Read(r.dir.Cursor(statedir.CollectCursor))
		if err != nil || c.Collected == nil {
			return nil, err
		}
		at := c.Collected.Changes
		if at == r.at {
			return r.all, nil
		}
		all, err := read(r.dir, at)
		if err == nil {
			r.at, r.all = at, all
			return all, nil
		}
		if !errors.Is(err, changes.ErrDamaged) || i == attempts {
			return nil, err
		}
	}
}

func read(dir statedir.Dir, at cursor.Changes) (all []status.Sender, err error) {
	now := time.Now()
	book := numbers.New(numbers.Options{}, now)
	err = changes.Read(dir.Changes(), at, func(p changes.Part) error {
		if p.Kind != changes.Numbers {
			return nil
		}
		return book.Load(p.Payload, now)
	})
	if err != nil {
		return nil, err
	}
	known := book.Senders()
	all = make([]status.Sender, 0, len(known))
	for _, s := range known {
		all = append(all, Of(s))
	}
	return all, nil
}

// Of is what a status tells of a sender.
func Of(s *numbers.Sender) status.Sender {
	n := s.Counts()
	return status.Sender{
		Name: s.Name, Last: n.Last, Delay: n.Delay, Rate: float64(n.Minute) / 60, Silent: s.Silent(),
		SenderCounts: status.SenderCounts{
			Messages: n.Messages, Repeated: n.Repeated, Altered: n.Altered, Uncounted: n.Uncounted, Missing: n.Missing, Late: n.Late, Lost: n.Lost,
		},
	}
}
