package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

// pulse is the time of the service's last look for lines, by which the probe /healthz tells
// whether the service stands still. Its methods may be called by several goroutines.
type pulse struct{ last atomic.Int64 } // ns since 1970; 0: there was none yet

// stillFor is how long there may be no look before the service counts as standing still; as a
// rule there is one at least every five seconds.
const stillFor = time.Minute

func (p *pulse) beat() { p.last.Store(time.Now().UnixNano()) }

// check returns an error if there has been no look for stillFor.
func (p *pulse) check() error {
	last := p.last.Load()
	if still := time.Since(time.Unix(0, last)); last > 0 && still > stillFor {
		return fmt.Errorf("nobody has looked for lines for %v", still.Round(time.Second))
	}
	return nil
}
