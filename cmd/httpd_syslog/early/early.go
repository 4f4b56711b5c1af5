// Package early has Go's runtime keep the signals that would end a front, from the first moment
// at which Go lets a package do anything: Apache's first SIGTERM may come a millisecond after the
// start, and until package os is initialised, which a handler needs, half a millisecond more
// passes. A signal that is kept reaches the handler that main installs.
//
// Of the packages whose imports are ready Go initialises the first by path (language
// specification, "Program initialization"). This one imports nothing, and asks the runtime by the
// names under which it serves packages os and os/signal. Without this package signals would end a
// front for half a millisecond longer, and nothing else would change.
package early

import _ "unsafe"

// args are the process's arguments, the program's name before them.
//
//go:linkname args os.runtime_args
func args() []string

// keep has signals of a number wait until somebody asks for them.
//
//go:linkname keep os/signal.signal_enable
func keep(signal uint32)

func init() {
	if isFront(args()) {
		for _, signal := range []uint32{15, 1, 2} { // SIGTERM first of all, SIGHUP, SIGINT
			keep(signal)
		}
	}
}

// isFront reports whether the arguments are those with which Apache starts a front: none, or options
// with two hyphens. Those of a test have one.
func isFront(args []string) bool {
	return len(args) < 2 || len(args[1]) > 1 && args[1][:2] == "--"
}
