// Package early has a front's signal handler in force before the rest of the program is
// initialised, since Apache's first SIGTERM may come a millisecond after the start. Of the
// packages whose imports are ready Go initialises the first by path (language specification,
// "Program initialization"): directly after os/signal comes this one, as long as it imports
// nothing that is later.
package early

import (
	"os"

	"httpd-syslog/forwarder/intake/signals"
)

// Handler is the handler where the arguments are those with which Apache starts a front: none, or
// options with two hyphens. Else it is nil, as in tests, whose options have one.
var Handler = handler(os.Args[1:])

func handler(args []string) *signals.Handler {
	if len(args) == 0 || len(args[0]) > 1 && args[0][:2] == "--" {
		return signals.Catch()
	}
	return nil
}
