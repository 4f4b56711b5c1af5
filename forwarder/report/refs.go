package report

import (
	"cmp"
	"path/filepath"
	"strings"
	"time"
)

// Ref names an event, so that somebody can go there.
type Ref struct {
	File string    `json:"file"`
	Line int64     `json:"line"`
	Time time.Time `json:"time"`
	Host string    `json:"host"`
	Code string    `json:"event"`
}

// CompareRefs orders events by time, and then by place.
func CompareRefs(a, b Ref) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Code, b.Code))
}

// Refs are the events that a report names, each with one number, from 1, in the order in which they are
// named first.
type Refs struct {
	List []Ref
	at   map[Ref]int
}

// Number is the number of an event.
func (l *Refs) Number(r Ref) int {
	if n, known := l.at[r]; known {
		return n
	}
	if l.at == nil {
		l.at = make(map[Ref]int)
	}
	l.List = append(l.List, r)
	l.at[r] = len(l.List)
	return len(l.List)
}

// Dir is the directory that all their files are below; empty: there is none.
func (l *Refs) Dir() string {
	dir := ""
	for i, r := range l.List {
		if i == 0 {
			dir = filepath.Dir(r.File)
		}
		for dir != "/" && dir != "." && !strings.HasPrefix(r.File, dir+"/") {
			dir = filepath.Dir(dir)
		}
	}
	if dir == "/" || dir == "." {
		return ""
	}
	return dir
}
