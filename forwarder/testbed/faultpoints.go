//go:build faultpoints

package testbed

import (
	"os"
	"time"
)

// tags are the build tags of the tests.
var tags = []string{"faultpoints"}

// patience is Patience, or the time that the variable PatienceIn says: who has an event told in other words
// knows that a test waits for it in vain.
var patience = func() time.Duration {
	if told, err := time.ParseDuration(os.Getenv(PatienceIn)); err == nil {
		return told
	}
	return Patience
}()
