//go:build !faultpoints

package testbed

// tags are the build tags of the tests.
var tags []string

// patience is for how long Eventually waits.
const patience = Patience
