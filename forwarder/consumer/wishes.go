package consumer

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
)

// CommitEvery is how often a consumer makes its position durable: at each tick, if
// there is anything new, and not much oftener.
const CommitEvery = idle.Tick / 2

// Wishes are what the deliverer and a consumer want of each other. Their methods may be called from
// several goroutines.
type Wishes struct {
	awaited *atomic.Int64 // ns since 1970, when somebody last said that they wait for the record; nil: nobody can
	hurried atomic.Bool
	last    atomic.Bool        // no writer is left: nothing more comes
	seals   chan chan struct{} // see AskToSeal
	every   time.Duration      // between two commits; 0: CommitEvery

	mu       sync.Mutex
	unwanted []*spool.File // to be given up, since the spool is above its largest size
	atEnd    bool          // nothing left to do, for now
}

// Hurry has the consumer commit often, or no longer: on a short disk committed spool is freed at once.
func (p *Wishes) Hurry(is bool) { p.hurried.Store(is) }

// NoWriter says whether no writer is left, so that nothing more comes that a line could wait for.
func (p *Wishes) NoWriter(is bool) { p.last.Store(is) }

// MayGather reports whether lines may wait for others: nobody waits for them, there is room in the spool, and
// more lines can come.
func (p *Wishes) MayGather() bool { return !p.hurried.Load() && !p.last.Load() && !p.isAwaited() }

// CommitDue reports whether it is time for a commit, so long after the last one. behind: more is there to be done at
// once. Who waits for the record waits for that too, and a commit for each part of it would only make it later.
func (p *Wishes) CommitDue(after time.Duration, behind bool) bool {
	every := p.commitEvery()
	return after >= every || after >= every/10 && (p.hurried.Load() || p.isAwaited() && !behind)
}

// isAwaited reports whether somebody waits for the record.
func (p *Wishes) isAwaited() bool {
	return p.awaited != nil && time.Since(time.Unix(0, p.awaited.Load())) < p.commitEvery()
}

func (p *Wishes) commitEvery() time.Duration { return cmp.Or(p.every, CommitEvery) }

// AskToGiveUp asks a relay to give up a file, since the spool is above its largest size.
func (p *Wishes) AskToGiveUp(f *spool.File) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.unwanted, f) {
		p.unwanted = append(p.unwanted, f)
	}
}

// TakeUnwanted returns the files that are to be given up.
func (p *Wishes) TakeUnwanted() (files []*spool.File) {
	p.mu.Lock()
	defer p.mu.Unlock()
	files, p.unwanted = p.unwanted, nil
	return files
}

// AskToSeal asks the local log for seals of what it has read. The channel that is returned is closed when
// they are told; nobody knows when that will be.
func (p *Wishes) AskToSeal() <-chan struct{} {
	done := make(chan struct{})
	select {
	case p.seals <- done:
	default: // it was asked already
	}
	return done
}

// SealsWanted gives the local log the channels of AskToSeal.
func (p *Wishes) SealsWanted() <-chan chan struct{} { return p.seals }

// SetAtEnd tells the deliverer whether there is nothing left to do, for now.
func (p *Wishes) SetAtEnd(b bool) {
	p.mu.Lock()
	p.atEnd = b
	p.mu.Unlock()
}

// AtEnd reports whether the consumer has nothing left to do, for now.
func (p *Wishes) AtEnd() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.atEnd
}
