package locallog

import (
	"cmp"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/locallog/vhost"
	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/rotate"
)

// fileSet are the files of the local log, of which some are open.
type fileSet struct {
	byName map[string]*logFile
	uses   uint64 // counts the uses of files, for logFile.used
	opened int    // files that are open
	most   int    // files that may be open
}

// fileOf is the file of that name in the log directory, made if it is not known yet. That cannot fail:
// all files have the same options, and those of the audit log's file were tried.
func (l *Log) fileOf(name, stream string) *logFile {
	if file := l.files.byName[name]; file != nil {
		return file
	}
	path := name
	if !filepath.IsAbs(name) { // a former log directory's is known by its path
		path = filepath.Join(l.o.Dir, name)
	}
	log, err := rotate.Open(l.rotation(path))
	if err != nil {
		panic(err)
	}
	file := &logFile{name: name, stream: stream, log: log, seal: l.state.seals.File(path, name), unsettled: true}
	l.files.byName[name] = file
	return file
}

func (l *Log) rotation(path string) rotate.Options {
	return rotate.Options{
		Path: path, MaxSize: l.o.MaxSize, Period: l.o.Period, Mode: l.o.Mode, Now: localtime.Now,
	}
}

// nameOf is how a path is called in the log directory.
func (l *Log) nameOf(path string) string {
	name, err := filepath.Rel(l.o.Dir, path)
	if err != nil || !filepath.IsLocal(name) {
		return path
	}
	return name
}

// mostOpen is how many files are kept open, with two descriptors each, where there may be so many.
const mostOpen = 512

// maxOpen is how many files may be open with the descriptors that the process may have.
func maxOpen() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return filesAtOnce
	}
	return int(min(mostOpen, max(filesAtOnce, limit.Cur/8)))
}

// makeReady opens the files that lines are to be written to, rotates those that are due, and commits
// once for all of them: a file that is new to the record is committed before anything goes into it.
// An error that keeps a file from being written is noted in its share.
func (l *Log) makeReady(files []*logFile) {
	if l.shortage.Full {
		return // nothing will be written
	}
	isNew := false
	var due []*logFile
	if err := l.lockDir(); err != nil {
		for _, file := range files {
			file.unready = err
		}
		return
	}
	for _, file := range files {
		file.unready = nil
		if len(file.text) == 0 {
			continue
		}
		opened, err := l.open(file, files)
		if file.unready = err; err != nil {
			continue
		}
		isNew = isNew || opened
		if file.log.Due(len(file.text)) {
			due = append(due, file)
		}
	}
	var err error
	switch {
	case len(due) > 0:
		err = l.rotate(due)
	case isNew:
		err = l.commit()
	}
	if err == nil {
		return
	}
	for _, file := range files {
		file.unready = cmp.Or(file.unready, err)
	}
}

// open opens the file unless it is open. It reports whether the file is new to the record, or other than
// recorded. keep are not to be closed for it.
func (l *Log) open(file *logFile, keep []*logFile) (isNew bool, err error) {
	l.files.uses++
	file.used = l.files.uses
	if !file.log.Position().IsZero() {
		return false, nil
	}
	l.closeSome(keep)
	if as, err := file.log.Resume(file.pos); as || err != nil {
		return as && file.unrecorded, err
	}
	if err := vhost.MakeDir(l.o.Dir, filepath.Dir(file.log.Path())); err != nil {
		return false, err
	}
	return true, l.reopen(file, "another file has its name")
}

// closeSome closes the files that have not been written to for longest, when too many are open, but
// none of keep. The next commit syncs the closed ones.
func (l *Log) closeSome(keep []*logFile) {
	var open []*logFile
	most := l.files.most
	if l.files.opened++; l.files.opened < most {
		return
	}
	for _, file := range l.files.byName {
		if !file.log.Position().IsZero() {
			open = append(open, file)
		}
	}
	slices.SortFunc(open, func(a, b *logFile) int { return cmp.Compare(a.used, b.used) })
	l.files.opened = len(open)
	for _, file := range open[:max(0, len(open)-most/2)] {
		if slices.Contains(keep, file) {
			continue
		}
		file.pos = file.log.Position()
		if err := file.log.Close(); err != nil {
			l.rollBack(file, err)
		}
		l.files.opened--
	}
}
