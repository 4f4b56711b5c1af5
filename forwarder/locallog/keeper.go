package locallog

import (
	"context"
	"path/filepath"
	"slices"
	"sync"

	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/retention"
)

// newKeeper makes the keeper, which looks after the rotated files.
func (l *Log) newKeeper() *retention.Keeper {
	dir := l.o.Dir
	var files []string
	for s := range l.Streams.All() {
		files = append(files, filepath.Join(dir, s.File))
	}
	return retention.New(retention.Options{
		Dir: dir, Record: l.StateDir.Rotated(), Sync: l.o.Sync, Policy: l.o.Retention,
		Held: l.heldFiles, Settled: l.Progress.Secure, Tell: l.Events.TellNow, Since: l.Events.Since, Trouble: l.Events.Trouble, Zone: localtime.Zone,
		Live: func(log string) bool {
			_, committed := (*l.state.named.Load())[log]
			return committed || slices.Contains(files, log)
		},
	})
}

// heldFiles are the inodes of the files that the last commit names: recovery may have to cut them.
func (l *Log) heldFiles() map[uint64]bool {
	logs := *l.state.named.Load()
	held := make(map[uint64]bool, len(logs))
	for _, pos := range logs {
		held[pos.Ino] = true
	}
	return held
}

// keepRotated looks after rotated files until the returned function is called.
func (l *Log) keepRotated() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var keeping sync.WaitGroup
	keeping.Go(func() { l.keeper.Run(ctx) })
	return func() {
		cancel()
		keeping.Wait()
	}
}
