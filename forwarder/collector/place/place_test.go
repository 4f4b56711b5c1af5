package place

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/pattern"
)

func TestNames(t *testing.T) {
	long := strings.Repeat("a", 65)
	for _, tt := range []struct{ name, want string }{
		{"web1.example.com", "web1.example.com"}, {"10.0.0.1", "10.0.0.1"}, {"access", "access"}, {"a_b-c", "a_b-c"},
		{strings.Repeat("a", 64), strings.Repeat("a", 64)},
		{"", "_"}, {"_", "_-d2e2adf7177b7a8a"}, {"_other", "_other-e7847e7f352080e8"},
		{"WEB1", "web1-"}, {"..", "_.-"}, {".", "_-"}, {".ssh", "_ssh-"}, {"-rf", "_rf-"}, {"../../etc/passwd", "_._.._etc_passwd-"},
		{"a/b", "a_b-"}, {"a\x00b", "a_b-"}, {"fe80::1", "fe80__1-"}, {"é", "__-"}, {"a\nb", "a_b-"}, {long, strings.Repeat("a", 47) + "-"},
		{"web1-0123456789abcdef", "web1-0123456789abcdef-"},
	} {
		got := Name(tt.name)
		safe := got == tt.want && !strings.HasSuffix(tt.want, "-")
		if !safe && !(strings.HasPrefix(got, strings.TrimSuffix(tt.want, "-")) && endsWithDigest([]byte(got))) {
			t.Errorf("%q is %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestNamesDoNotMix: what one name becomes no other one can take for itself.
func TestNamesDoNotMix(t *testing.T) {
	seen := map[string]string{}
	names := []string{"", "_", "-", ".", "..", "web1", "WEB1", "Web1", "web_1", "web/1", "web 1", "_other", "a\x00", "a\x01"}
	for range 2 {
		for _, name := range names {
			got := Name(name)
			if was, is := seen[got]; is && was != name {
				t.Errorf("%q and %q are both %q", was, name, got)
			}
			seen[got] = name
			names = append(names, got) // somebody calls itself so
		}
	}
}

func TestPatterns(t *testing.T) {
	at := &Place{Sender: "web1.example.com", Host: []byte("WEB/1"), Day: 20784}
	for _, tt := range []struct{ pattern, want string }{
		{"{sender}/{host}/{msgid}-{date}.log", "web1.example.com/web_1-8f5d0a4b1e3a5c2f/_-2026-11-27.log"},
		{"all-{date}", "all-2026-11-27"}, {"{sender}-{date}.txt", "web1.example.com-2026-11-27.txt"},
	} {
		p, err := pattern.Parse(tt.pattern)
		if err != nil {
			t.Fatalf("%q: %v", tt.pattern, err)
		}
		got := string(at.Append(nil, &p))
		if day, ok := DayIn(got, &p); !ok || day != at.Day {
			t.Errorf("%q: the day of %q is %v", tt.pattern, got, day)
		}
		if strings.Contains(tt.want, "web_1-") {
			got = strings.Replace(got, got[len("web1.example.com/web_1-"):][:16], "8f5d0a4b1e3a5c2f", 1)
		}
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.pattern, got, tt.want)
		}
	}
}

func TestDays(t *testing.T) {
	for _, tt := range []struct{ time, day string }{
		{"2026-11-27T23:59:59.999999Z", "2026-11-27"}, {"2026-11-28T00:00:00Z", "2026-11-28"}, {"2026-11-28T01:00:00+02:00", "2026-11-27"},
		{"1969-12-31T23:00:00Z", "1969-12-31"},
	} {
		at, err := time.Parse(time.RFC3339Nano, tt.time)
		if err != nil || DayOf(at).String() != tt.day {
			t.Errorf("%s: %s, %v", tt.time, DayOf(at), err)
		}
	}
}

func TestPathAllocatesNothing(t *testing.T) {
	p, _ := pattern.Parse("{sender}/{host}/{msgid}-{date}.log")
	at, buf := &Place{Sender: "web1", Host: []byte("web1"), MsgID: []byte("access"), Day: 20784}, make([]byte, 0, 200)
	if n := testing.AllocsPerRun(100, func() { buf = at.Append(buf[:0], &p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzPath: whatever senders say, the path is a clean one below the directory, of bounded length, and two
// senders, hosts or kinds never have one path.
func FuzzPath(f *testing.F) {
	p, _ := pattern.Parse("{sender}/{host}/{msgid}-{date}.log")
	f.Add("web1", "..", "a/b", "web1", "__", "a_b")
	f.Add("", "\x00", "-", "_", "_", "_-3973e022e93220f9")
	f.Fuzz(func(t *testing.T, s1, h1, m1, s2, h2, m2 string) {
		one := string((&Place{Sender: Name(s1), Host: []byte(h1), MsgID: []byte(m1), Day: 20784}).Append(nil, &p))
		two := string((&Place{Sender: Name(s2), Host: []byte(h2), MsgID: []byte(m2), Day: 20784}).Append(nil, &p))
		if filepath.Clean(one) != one || !filepath.IsLocal(one) || strings.Count(one, "/") != 2 || len(one) > 3*MaxName+20 {
			t.Fatalf("%q", one)
		}
		for i := range len(one) {
			if c := one[i]; c != '/' && !pattern.IsNameByte(c) {
				t.Fatalf("%q has %q", one, c)
			}
		}
		if same := s1 == s2 && h1 == h2 && m1 == m2; same != (one == two) {
			t.Fatalf("%q and %q", one, two)
		}
	})
}

// TestElsewhere: a file that stands in for another one has its path, below a directory of its own; names that are too long
// keep their ends, and two of them are never one.
func TestElsewhere(t *testing.T) {
	long := strings.Repeat("x", longest)
	if got := Elsewhere("web1/" + long + "/a.log"); got != ElsewhereDir+"/web1/"+long+"/a.log" {
		t.Errorf("%s", got)
	}
	a, b := Elsewhere("a"+long+"/a.log"), Elsewhere("b"+long+"/a.log")
	for _, got := range []string{a, b} {
		if parts := strings.Split(got, "/"); len(parts) != 3 || len(parts[1]) != longest || !strings.HasSuffix(parts[1], long[:100]) || parts[2] != "a.log" {
			t.Errorf("%s", got)
		}
	}
	if a == b {
		t.Errorf("%s stands in for two files", a)
	}
	if of, is := InPlaceOf(Elsewhere("web1/a.log")); !is || of != "web1/a.log" {
		t.Errorf("%s, %v", of, is)
	}
	if _, is := InPlaceOf("web1/a.log"); is {
		t.Error("a file of its own stands in for another one")
	}
}
