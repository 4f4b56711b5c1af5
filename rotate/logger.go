package rotate

import (
	"math"
	"sync"

	"gopkg.in/natefinch/lumberjack.v2"
)

// idleLoggers are the Loggers of Logs that were closed. A Logger has a goroutine that never ends, begun
// when it first opens a file, though it has nothing to do without compression and expiry. So Loggers
// are used again, and a process has no more of them than it once had files open at a time.
var idleLoggers struct {
	mu  sync.Mutex
	all []*lumberjack.Logger
}

// logger returns the Log's Logger, which never rotates by itself and touches no backup.
func (l *Log) logger() *lumberjack.Logger {
	if l.lj == nil {
		l.lj = takeLogger()
		l.lj.Filename = l.opts.Path
	}
	return l.lj
}

func takeLogger() *lumberjack.Logger {
	idleLoggers.mu.Lock()
	defer idleLoggers.mu.Unlock()
	n := len(idleLoggers.all)
	if n == 0 {
		return &lumberjack.Logger{
			MaxSize:   math.MaxInt32, // in MiB: 2 PiB
			LocalTime: true,
		}
	}
	lj := idleLoggers.all[n-1]
	idleLoggers.all = idleLoggers.all[:n-1]
	return lj
}

// releaseLogger leaves the Logger, which must be closed, to other Logs.
func (l *Log) releaseLogger() {
	if l.lj == nil {
		return
	}
	idleLoggers.mu.Lock()
	defer idleLoggers.mu.Unlock()
	idleLoggers.all = append(idleLoggers.all, l.lj)
	l.lj = nil
}
