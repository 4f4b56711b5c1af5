//go:build !faultpoints

package fault

import "time"

// Point is a place where a test may end the program.
func Point(string) {}

// Error is the error that a test wants a call to fail with.
func Error(string) error { return nil }

// Soon is a time, or the tenth of it that a test wants.
func Soon(after time.Duration) time.Duration { return after }

// Muted reports whether a test wants events of this code to be told in other words.
func Muted(string) bool { return false }
