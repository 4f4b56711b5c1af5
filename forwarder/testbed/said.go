package testbed

import (
	"bytes"
	"sync"
)

// Said is what a command that runs within the test has said so far. Its methods may be called by several goroutines.
type Said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write is the command's.
func (s *Said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *Said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
