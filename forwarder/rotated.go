package forwarder

import (
	"context"
	"path/filepath"
	"slices"
	"sync"

	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/retention"
)

// newKeeper makes who looks after the rotated files of the local log.
func (d *deliverer) newKeeper(l *local) *retention.Keeper {
	dir := l.o.Dir
	var files []string
	for _, s := range d.o.Streams {
		files = append(files, filepath.Join(dir, s.File))
	}
	return retention.New(retention.Options{
		Dir: dir, Record: filepath.Join(d.o.StateDir, "rotated"), Sync: l.sync, Policy: l.o.Retention,
		Held: l.heldFiles, Settled: l.progress.secure, Event: d.events.logNow, Trouble: d.events.trouble, Zone: localtime.Zone,
		Live: func(log string) bool {
			_, committed := (*l.named.Load())[log]
			return committed || slices.Contains(files, log) || log == filepath.Join(dir, AuditFile)
		},
	})
}

// heldFiles are the inodes of the files that the last commit names: recovery may have to cut them.
func (l *local) heldFiles() map[uint64]bool {
	logs := *l.named.Load()
	held := make(map[uint64]bool, len(logs))
	for _, pos := range logs {
		held[pos.Ino] = true
	}
	return held
}

// keep looks after rotated files until the returned function is called.
func (l *local) keep() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var keeping sync.WaitGroup
	keeping.Go(func() { l.keeper.Run(ctx) })
	return func() {
		cancel()
		keeping.Wait()
	}
}

// rotating lets the keeper know that files are about to be rotated. Where that cannot be recorded they are
// rotated all the same: it is their age that may be taken wrong, and only after a change of the clock.
func (l *local) rotating(files []*localFile) {
	followZone(l.events)
	logs := make([]string, len(files))
	for i, file := range files {
		logs[i] = file.log.Path()
	}
	_ = l.keeper.Rotating(logs...) // the keeper tries again, and tells
}
