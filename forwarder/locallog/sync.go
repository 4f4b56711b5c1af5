package locallog

import (
	"errors"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/rotate"
)

// manyFiles: above so many a file system is synced as a whole.
const manyFiles = 16

// syncFiles syncs the files that were written to. A file that cannot be synced is rolled back to the
// last commit.
func (l *Log) syncFiles() {
	if !l.o.Sync {
		return
	}
	dirty := 0
	for _, file := range l.files.byName {
		if file.dirty {
			dirty++
		}
	}
	if dirty > manyFiles {
		rotate.SyncFileSystem(l.o.Dir)
	}
	for _, file := range l.files.byName {
		var err error
		switch {
		case !file.log.Position().IsZero():
			err = l.syncFile(file)
		case file.dirty:
			err = l.syncClosed(file)
		}
		if err != nil {
			l.rollBack(file, err)
		}
	}
}

// syncClosed syncs a file that was closed since it was written to.
func (l *Log) syncClosed(file *logFile) error {
	is, err := file.log.Resume(file.pos)
	if err == nil && is {
		err = errors.Join(l.syncFile(file), file.log.Close())
	}
	file.dirty = false // another file has the name: the closed one cannot be found to be synced
	return err
}

func (l *Log) syncFile(file *logFile) error {
	if !l.o.Sync {
		return nil
	}
	err := errors.Join(fault.Error("local.sync"), file.log.Sync())
	file.dirty = file.dirty && err != nil
	return err
}
