package collector

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/collector/place"
)

// TestSendersBeyond: the lines of senders beyond the bound are in the files of "_other", each as often as it came, and that
// is told once; those before go on being counted.
func TestSendersBeyond(t *testing.T) {
	s := newSite(t)
	const most = 500
	s.o.Limits = numbers.Limits{Senders: most}
	c := s.begin()
	for n := range most + 3 {
		s.put(fmt.Sprintf("web%05d", n+1), message(1, 1, "a"), message(1, 1, "a"))
	}
	s.put("web00001", message(1, 1, "a"), message(1, 2, "b"))
	s.step(c)
	if n := c.book.Find(numbers.Other).Counts(); n.Messages != 6 || n.Uncounted != 6 || len(c.book.Senders()) != most+1 {
		t.Errorf("%d senders, the others %+v", len(c.book.Senders()), n)
	}
	s.end(c)
	s.expect("web00001/*/*", "a", "b")
	s.expect(fmt.Sprintf("web%05d/*/*", most), "a")
	s.expect("_other/*/*", "a", "a", "a", "a", "a", "a")
	s.expectTold("collect.bound")
}

// TestRowsAndIntervalsBeyond: lines of writers, and of numbers, beyond the bounds are kept and not counted; each
// is told once.
func TestRowsAndIntervalsBeyond(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	var want []string
	put := func(sender string, writer, n uint64) {
		text := fmt.Sprintf("%d %d", writer, n)
		s.put(sender, message(writer, n, text), tells(writer, n, text), message(writer, n, text))
		want = append(want, text)
	}
	for w := range uint64(4096) {
		put("web1", w+1, 1)
	}
	s.step(c)
	s.expect("web1/web1/access*", want...)
	s.expect("web1/web1/audit*", want...)
	s.expectTold()
	put("web1", 9999, 1)
	s.step(c)
	s.expect("web1/web1/access*", append(want, want[4096])...) // twice: nobody knows that it came before
	want = nil
	for n := range uint64(1000) {
		put("web2", 1, 2*n+1)
	}
	s.step(c)
	s.expect("web2/web1/access*", want...)
	put("web2", 1, 9999)
	s.step(c)
	s.expect("web2/web1/access*", append(want, want[1000])...)
	s.expectTold("collect.bound", "collect.bound", "collect.bound") // of web2 one for lines and one for events
	s.end(c)
}

// TestRestored: a machine that was set back to a copy gives its numbers again, to other lines: none is lost,
// and what it sends again from before the copy is there once.
func TestRestored(t *testing.T) {
	s := newSite(t)
	var want []string
	for n := range uint64(300) {
		s.put("web1", message(1, n+1, fmt.Sprint("before ", n)))
		want = append(want, fmt.Sprint("before ", n))
	}
	c := s.begin()
	s.step(c)
	s.end(c)
	for n := range uint64(500) { // from number 101 on, of which 20 are sent again
		text := fmt.Sprint("after ", n)
		if n < 20 {
			text = fmt.Sprint("before ", 100+n)
		} else {
			want = append(want, text)
		}
		s.put("web1", message(1, 101+n, text))
	}
	c = s.begin()
	s.step(c)
	n := c.book.Find("web1").Counts()
	s.end(c)
	s.expect("web1/web1/*", want...)
	s.expectTold("collect.altered")
	if n.Repeated != 20 || n.Altered != 180 || n.Missing != 0 {
		t.Errorf("%+v", n)
	}
}

// TestHostNamesWithoutEnd: a sender that says of itself what it likes begins a bounded number of files, all of
// them below its own directory, and no line of it is lost; others do not notice.
func TestHostNamesWithoutEnd(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	names := []string{"..", ".", "../../../etc/passwd", "/etc/passwd", "a/b", "-rf", "_other", ".hidden", "CON", strings.Repeat("x", 255), "%n", "\"\\", "$(id)"}
	for n := range mostFiles + 100 {
		name := fmt.Sprint("host", n)
		if n < len(names) {
			name = names[n]
		}
		s.put("web1", strings.Replace(message(1, uint64(n+1), fmt.Sprint(n)), " web1 ", " "+name+" ", 1))
	}
	s.put("web2", message(1, 1, "a"))
	s.step(c)
	s.end(c)
	paths, err := filepath.Glob(filepath.Join(s.o.Dir, "*/*/*"))
	must(t, err)
	lines := len(s.texts("web1/*/*"))
	if len(paths) != mostFiles+2 || lines != mostFiles+100 {
		t.Errorf("%d files, %d lines", len(paths), lines)
	}
	for _, path := range paths {
		dir, host := filepath.Split(filepath.Dir(path))
		if sender := filepath.Base(dir); sender != "web1" && sender != "web2" || host != "_other" && host != place.Name(host) && !strings.Contains(host, "-") || strings.ContainsAny(host, "/\\ $%\"") {
			t.Errorf("%q", path)
		}
	}
	top, err := os.ReadDir(filepath.Dir(s.o.Dir))
	must(t, err)
	if len(top) != 2 { // central and state
		t.Errorf("beside the directory: %v", top)
	}
	if got := len(s.texts("web1/_other/*")); got != 100 {
		t.Errorf("%d lines of other hosts", got)
	}
	s.expect("web2/*/*", "a")
	s.expectTold("collect.bound")
}
