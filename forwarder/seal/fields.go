package seal

import (
	"fmt"
	"math"
	"time"

	"httpd-syslog/forwarder/event"
)

// fields reads the values of an event's keys; err is the first error.
type fields struct {
	told *event.Told
	err  error
}

func (f *fields) lines() *Lines {
	l := &Lines{
		Writer: f.told.Get("writer"), Stream: f.told.Get("stream"), Class: Class(f.told.Get("class")),
		First: f.number("first"), Last: f.number("last"), Lines: f.number("lines"),
		From: f.time("from"), To: f.time("to"), Sum: f.sum("sha256"),
	}
	if f.err == nil && (l.First == 0 || l.Last < l.First || l.Lines == 0 || l.Lines-1 > l.Last-l.First) {
		f.err = fmt.Errorf("%d lines from %d to %d", l.Lines, l.First, l.Last)
	}
	if f.err == nil && (l.Writer == "" || l.Class != OfLines && l.Class != OfEvents) {
		f.err = fmt.Errorf("writer %q, class %q", l.Writer, l.Class)
	}
	return l
}

func (f *fields) file() *File {
	file := &File{File: f.told.Get("file"), Since: f.number("since"), Begin: f.offset("begin"), End: f.offset("end"), Sum: f.sum("sha256")}
	if f.err == nil && (file.File == "" || file.End <= file.Begin) {
		f.err = fmt.Errorf("file %q from %d to %d", file.File, file.Begin, file.End)
	}
	return file
}

func (f *fields) central() *Central {
	c := &Central{List: f.told.Get("file"), Begin: f.offset("begin"), End: f.offset("end"), Files: f.number("files"), Sum: f.sum("sha256")}
	if f.err == nil && (c.List == "" || c.End <= c.Begin) {
		f.err = fmt.Errorf("list %q from %d to %d", c.List, c.Begin, c.End)
	}
	return c
}

func (f *fields) number(name string) uint64 {
	n, ok := f.told.Uint(name)
	if !ok {
		f.fail(name)
	}
	return n
}

func (f *fields) offset(name string) int64 {
	n := f.number(name)
	if n > math.MaxInt64 {
		f.fail(name)
	}
	return int64(n & math.MaxInt64)
}

func (f *fields) sum(name string) (s Sum) {
	if s.UnmarshalText([]byte(f.told.Get(name))) != nil {
		f.fail(name)
	}
	return s
}

func (f *fields) time(name string) time.Time {
	t, err := time.Parse(timeFormat, f.told.Get(name))
	if err != nil {
		f.fail(name)
	}
	return t
}

// fail notes that the value of a key cannot be read.
func (f *fields) fail(name string) {
	if f.err == nil {
		f.err = fmt.Errorf("%s=%q", name, f.told.Get(name))
	}
}
