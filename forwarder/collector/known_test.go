package collector

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/statedir"
)

// TestForgotten: where what was known cannot be read, that is told, no line is lost, and the collector goes on
// with numbers that are unknown.
func TestForgotten(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"gone":    func(t *testing.T, path string) { must(t, os.Remove(path)) },
		"empty":   func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) },
		"altered": func(t *testing.T, path string) { alter(t, path) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			c := s.begin()
			s.put("web1", message(1, 1, "a"), message(1, 3, "c"))
			s.step(c)
			c.commit()
			s.put("web1", message(1, 4, "d"))
			s.step(c)
			s.kill(c)
			r, err := cursor.Read(s.stateDir.Cursor(statedir.CollectCursor))
			must(t, err)
			damage(t, s.stateDir.Changes()+"."+string('0'+byte(r.Collected.Changes.File%2)))
			c = s.begin()
			s.put("web1", message(1, 5, "e"), message(1, 7, "g"))
			s.step(c)
			c.commit()
			if v := c.book.Find("web1").Peek(numbers.Row{Writer: 1}, 5); v != numbers.Known {
				t.Errorf("number 5 is %v", v)
			}
			s.end(c)
			s.end(s.begin()) // what it has recorded since is read
			for _, text := range []string{"a", "c", "d", "e", "g"} {
				if !strings.Contains(strings.Join(s.texts("web1/*/*"), " "), text) {
					t.Errorf("%s is lost", text)
				}
			}
			s.expectTold("collect.forgotten")
		})
	}
}

func alter(t *testing.T, path string) {
	b, err := os.ReadFile(path)
	must(t, err)
	at := bytes.Index(b, []byte("web1"))
	b[at]++
	must(t, os.WriteFile(path, b, 0o640))
}
