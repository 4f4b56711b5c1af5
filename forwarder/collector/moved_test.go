package collector

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// stay writes a line and has it sealed, by two processes, in the directory of the options. Of the seals that were told
// for the first time it holds that they are a chain of their own, from the first one on, and are of its lists.
func (s *site) stay() (chain string) {
	s.t.Helper()
	was := map[string]bool{}
	for _, text := range s.sealTexts() {
		was[text] = true
	}
	for range 2 {
		c := s.begin()
		s.put("web1", message(1, s.number, "a"))
		s.step(c)
		s.record(c)
		s.end(c)
	}
	n := uint64(0)
	for _, text := range s.sealTexts() {
		one, err := seal.Parse(text)
		must(s.t, err)
		if was[text] {
			continue
		}
		was[text] = true
		n++
		l := one.Central
		b := s.read(l.List)
		if one.N != n || chain != "" && one.Chain != chain || int64(len(b)) < l.End || seal.SumOf(string(b[l.Begin:l.End])) != l.Sum {
			s.t.Errorf("%s\n%s", text, b)
		}
		chain = one.Chain
	}
	if n != 2 {
		s.t.Errorf("%d seals in %s", n, s.o.Dir)
	}
	return chain
}

// TestAnotherDirectory: where the files have another directory, and later the former one again, that is a change, and no
// incident: each time lists begin anew.
func TestAnotherDirectory(t *testing.T) {
	s := newSealed(t)
	dirs := []string{s.o.Dir, s.o.Dir + "2", s.o.Dir}
	former := s.stay()
	for _, dir := range dirs[1:] {
		was := s.o.Dir
		list := filepath.Join(dir, place.List(place.DayOf(s.received)))
		if b, err := os.ReadFile(list); err == nil { // as a kill leaves it
			must(t, os.WriteFile(list, append(b, "seal 3 "...), 0o640))
		}
		s.o.Dir, s.told = dir, nil
		chain := s.stay()
		s.expectTold("collect.moved")
		e, _ := event.Parse(s.told[0])
		if e.Get("dir") != dir || e.Get("was") != was || e.Get("chain") != former || e.Get("n") != "2" {
			t.Errorf("%q, and not from %s with %s", s.told, was, former)
		}
		former = chain
	}
	s.expect("web1/*/*", "a", "a", "a", "a")
}

// TestAnotherDirectoryOfKilled: what was written behind the record in the former directory is cut back there, and
// written in the other one; a seal that was not told is; what cannot be cut back is told.
func TestAnotherDirectoryOfKilled(t *testing.T) {
	for name, cannot := range map[string]bool{"can": false, "cannot": true} {
		t.Run(name, func(t *testing.T) {
			s := newSealed(t)
			c := s.begin()
			s.put("web1", message(1, 1, "a"))
			s.step(c)
			must(t, c.commit())
			back := s.noSpool()
			if err := sealAll(c); err == nil {
				t.Error("it is told")
			}
			back()
			s.put("web1", message(1, 2, "b"))
			s.step(c)
			s.kill(c)
			want := []string{"collect.moved", fmt.Sprintf("collect.cut_back files=1 bytes=%d", len(message(1, 2, "b\n")))}
			if was := s.o.Dir; cannot {
				must(t, os.Rename(was, was+".away"))
				want = []string{"collect.moved", "collect.left files=1 was=" + strings.Replace(was, filepath.Dir(was), "DIR", 1) +
					` cause="DIR/central/web1/web1/access-DAY.log is gone, shorter or another file"`}
			}
			s.o.Dir, s.told = s.o.Dir+"2", nil
			c = s.begin()
			s.step(c)
			s.record(c)
			s.end(c)
			s.expect("web1/*/*", "b")
			s.expectTold(want...)
			if n := len(s.seals()); n != 2 && !cannot {
				t.Errorf("%d seals", n)
			}
		})
	}
}

// TestAnotherDirectoryUntold: nothing is begun in another directory before that is told.
func TestAnotherDirectoryUntold(t *testing.T) {
	s := newSealed(t)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	s.end(c)
	s.o.Dir += "2"
	c = s.load()
	back := s.noSpool()
	if c.begin() {
		t.Error("it is begun")
	}
	if h := c.Progress.CollectHealth(); h.Error != errUntold.Error() {
		t.Errorf("the status says %q", h.Error)
	}
	back()
	if !c.begin() {
		t.Error("it is not begun")
	}
	s.end(c)
	s.expectTold("collect.moved", "collect.failing", "collect.moved", "collect.written")
}
