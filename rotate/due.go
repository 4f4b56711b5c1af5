package rotate

import "time"

// retryPause is how long Due stays false after a failed Rotate, so that a rotation that cannot be
// done does not hold up each Write.
const retryPause = time.Second

// Due tells whether a Write of n bytes must be preceded by a rotation, because it would take the
// file beyond MaxSize, or because the Period of the file's content has ended. It is false for an
// empty file, and for a second after a failed Rotate. n = 0 asks about an idle file. Before the first
// Write, Due tells of the file of an earlier process.
func (l *Log) Due(n int) bool {
	if time.Since(l.failed) < retryPause {
		return false
	}
	if l.file == nil {
		return l.leftDue(n)
	}
	return l.due(l.pos.Size, n, &l.period)
}

// leftDue is Due for a file that is there but not open.
func (l *Log) leftDue(n int) bool {
	st, err := lstat(l.opts.Path)
	if err != nil || !regular(&st) {
		return false // Reopen returns the error
	}
	period := l.periodOf(modTime(&st))
	return l.due(st.Size, n, &period)
}

func (l *Log) due(size int64, n int, period *int64) bool {
	if size == 0 {
		return false
	}
	if l.opts.MaxSize > 0 && size+int64(n) > l.opts.MaxSize {
		return true
	}
	now := l.opts.Period.start(l.opts.Now())
	// After a step back of the clock the content counts as written now, so that the rotation does
	// not wait for the time that the clock showed before.
	*period = min(*period, now)
	return now > *period
}

// periodOf returns the period of a file last written at t, which the clock may not have reached.
func (l *Log) periodOf(t time.Time) int64 {
	now := l.opts.Now()
	return min(l.opts.Period.start(t.In(now.Location())), l.opts.Period.start(now))
}
