package consumer

import (
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
)

// Progress is what the deliverer and a consumer know of each other: how far the consumer is, what
// each wants, and how the consumer is doing.
type Progress struct {
	Cursor
	Wishes
	Health
}

// ProgressOptions say whose progress it is.
type ProgressOptions struct {
	StateDir statedir.Dir
	Name     string // of the cursor: statedir.LocalCursor, or statedir.RelayCursor of a relay's name
	Sync     bool   // records are whole after a power failure too
	Catalog  *spool.Catalog
	News     func()        // is called when a state has changed; nil: nobody wants to know
	Awaited  *atomic.Int64 // ns since 1970, when somebody last said that they wait for the record; nil: nobody can
	// CommitEvery is how often the position is made durable; 0: consumer.CommitEvery.
	CommitEvery time.Duration
}

// NewProgress returns the progress of a consumer that has not been read: publish its record.
func NewProgress(o ProgressOptions) *Progress {
	p := &Progress{}
	p.Cursor.begin(&o)
	p.awaited, p.every, p.news, p.seals = o.Awaited, o.CommitEvery, o.News, make(chan chan struct{}, 1)
	return p
}
