//go:build faultpoints

package testbed

// tags are the build tags of the tests.
var tags = []string{"faultpoints"}
