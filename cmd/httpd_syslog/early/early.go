// Package early has Go's runtime keep SIGTERM from a front, from the first moment at which Go lets a
// package do anything: Apache's may come a millisecond after the start, and nobody would read the
// pipe if it ended the front before there is an intake. A signal that is kept reaches the handler that
// the front has behind the start of its intake; before that the handler would hold up the first line,
// and so would each other signal that is kept.
//
// Of the packages whose imports are ready Go initialises the first by path (language
// specification, "Program initialization"). This one imports nothing, and asks the runtime by the
// names under which it serves packages os and os/signal.
package early

import _ "unsafe"

// args are the process's arguments, the program's name before them.
//
//go:linkname args os.runtime_args
func args() []string

// keep has signals of a number wait until somebody asks for them. It waits for another thread, and so
// takes a fifth of a millisecond.
//
//go:linkname keep os/signal.signal_enable
func keep(signal uint32)

func init() {
	if isFront(args()) {
		const sigterm = 15
		keep(sigterm)
	}
}

// isFront reports whether the arguments are those with which Apache starts a front: none, or options.
// Those of a test begin with "-test.".
func isFront(args []string) bool {
	const test = "-test."
	return len(args) < 2 || args[1] != "" && args[1][0] == '-' && (len(args[1]) < len(test) || args[1][:len(test)] != test)
}
