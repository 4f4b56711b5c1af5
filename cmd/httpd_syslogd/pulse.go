package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

// pulse is the time of the last look for lines. Its methods may be called by several
// goroutines.
type pulse struct{ last atomic.Int64 } // ns since 1970; 0: there was none yet

// stillFor is how long there may be no look; one comes each second.
const stillFor = time.Minute

func (p *pulse) beat() { p.last.Store(time.Now().UnixNano()) }

// check says whether it has stopped.
func (p *pulse) check() error {
	last := p.last.Load()
	if still := time.Since(time.Unix(0, last)); last > 0 && still > stillFor {
		return fmt.Errorf("nobody has looked for lines for %v", still.Round(time.Second))
	}
	return nil
}
