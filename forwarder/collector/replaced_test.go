package collector

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/seal"
)

// TestReplacedBeforeItsSeal: a file that was replaced, cut or removed while nobody wrote to it is told of by the seal that
// finds it so, once; others are sealed, and nothing vouches for what stands in its place.
func TestReplacedBeforeItsSeal(t *testing.T) {
	for name, do := range map[string]func(path string) error{
		"replaced": func(path string) error {
			b, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path+".new", b, 0o640)
			}
			if err == nil {
				err = os.Rename(path+".new", path)
			}
			return err
		},
		"cut":     func(path string) error { return os.Truncate(path, 10) },
		"removed": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSealed(t)
			c := s.begin()
			s.put("web1", message(1, 1, "a"))
			s.put("web2", message(2, 1, "a"))
			s.step(c)
			must(t, c.commit())
			file := "web1/web1/access-" + place.DayOf(s.received).String() + ".log"
			path := filepath.Join(s.o.Dir, file)
			c.set.Close() // as where there are too many
			must(t, do(path))
			s.record(c)
			s.expectTold("collect.gone")
			if n := len(s.seals()); n != 1 {
				t.Errorf("%d seals", n)
			}
			was, _ := os.Stat(path)
			s.put("web1", message(1, 2, "b"))
			s.step(c)
			s.record(c)
			s.record(c)
			s.end(c)
			s.expectTold("collect.gone")
			if was == nil {
				s.checkSeals()
				return
			}
			if from := s.firstPiece(file); from != was.Size() {
				t.Errorf("sealed from %d on, want %d", from, was.Size())
			}
		})
	}
}

// firstPiece is from where on a file is sealed, by the first piece of it.
func (s *site) firstPiece(name string) int64 {
	s.t.Helper()
	for line := range bytes.Lines(s.read(place.List(place.DayOf(time.Now())))) {
		if p, err := seal.ParsePiece(bytes.TrimSuffix(line, []byte("\n"))); err == nil && p.Path == name {
			return p.From
		}
	}
	return -1
}
