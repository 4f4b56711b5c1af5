package verify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/verifytest"
)

// host makes the messages of one, as a central server has them.
type host struct {
	name  string
	chain seal.Chain
	told  uint64
	files map[string]string // by stream
	since uint64            // the first seal of access_log
	now   time.Time
}

const (
	procID    = "7-00000000000000af"
	deliverer = "8-00000000000000d0"
)

func newHost(name string) *host {
	h := &host{name: name, chain: seal.NewChain(), files: make(map[string]string), now: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)}
	h.event("a chain of seals begins: these are the first ones of the state directory {event=seal.chain chain=" + h.chain.ID + "}")
	return h
}

func (h *host) message(stream, procID string, number uint64, text string) string {
	head := syslogfmt.Header{Facility: syslogfmt.Local1, Time: h.now, Hostname: h.name, Tag: "httpd", ProcID: procID, MsgID: stream}
	if stream == "audit" {
		head.Facility, head.Tag = syslogfmt.Syslog, "httpd_syslog"
	}
	e := syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.None, 0)
	e.SetHeader(&head)
	return string(e.Append(nil, syslogfmt.Notice, number, []byte(text))) + "\n"
}

func (h *host) event(text string) {
	h.told++
	h.files["audit"] += h.message("audit", deliverer, h.told, text)
}

// send writes lines of a writer, from a number on.
func (h *host) send(first uint64, texts ...string) {
	for i, text := range texts {
		h.files["access"] += h.message("access", procID, first+uint64(i), text)
	}
}

// seal seals texts of numbers from first on; an empty one is a number without a text.
func (h *host) seal(first uint64, texts ...string) {
	l := seal.Lines{Writer: procID, Stream: "access", Class: seal.OfLines, First: first, Last: first + uint64(len(texts)) - 1, From: h.now, To: h.now}
	all := ""
	for _, text := range texts {
		if text != "" {
			all += text + "\n"
			l.Lines++
		}
	}
	l.Sum = seal.SumOf(all)
	h.event(h.chain.Lines(l))
}

// write writes the host's files into a directory.
func (h *host) write(t *testing.T, dir string) string {
	t.Helper()
	for stream, text := range h.files {
		testbed.WriteFile(t, filepath.Join(dir, h.name, stream+".log"), text)
	}
	return dir
}

func texts(from, to int) (all []string) {
	for i := from; i <= to; i++ {
		all = append(all, fmt.Sprintf("GET /%d HTTP/1.1", i))
	}
	return all
}

// TestCases are what can be at a central server, each with what is said of it, and the exit status.
func TestCases(t *testing.T) {
	for name, tt := range map[string]struct {
		make func(h *host)
		exit int
		says []string // all of these are said
	}{
		"whole": {func(h *host) { h.send(1, texts(1, 9)...); h.seal(1, texts(1, 9)...) }, 0, []string{"9 of 11 lines checked"}},
		"sent again": {func(h *host) {
			h.send(1, texts(1, 5)...)
			h.send(3, texts(3, 9)...)
			h.send(9, texts(9, 9)...)
			h.seal(1, texts(1, 9)...)
		}, 0, []string{"9 of 11"}},
		"a hole that is explained": {func(h *host) {
			h.send(1, texts(1, 3)...)
			h.send(6, texts(6, 9)...)
			h.seal(1, append(append(texts(1, 3), "", ""), texts(6, 9)...)...)
			h.event("2 lines of access are missing in the spool: dropped {event=lines.missing lines=2 stream=access why=dropped writer=" + procID + " first=4 last=5}")
		}, 0, []string{"7 of 12", "2 lost and explained"}},
		"a hole that is not": {func(h *host) {
			h.send(1, texts(1, 3)...)
			h.send(6, texts(6, 9)...)
			h.seal(1, append(append(texts(1, 3), "", ""), texts(6, 9)...)...)
		}, 1, []string{"2 missing", "numbers 4 to 5", "it was so when the others were sealed"}},
		"nothing is left of a writer": {func(h *host) {
			h.send(1, texts(1, 9)...)
			h.seal(1, texts(1, 9)...)
			h.event("intake of access has ended {event=intake.end stream=access pid=4 lines=7 dropped=0 cut=0 writer=4-019ac2f4a1b9f3ff last=7}")
		}, 1, []string{"7 missing", "writer 4-019ac2f4a1b9f3ff, numbers 1 to 7"}},
		"nothing is left of a writer, and an event says why": {func(h *host) {
			h.send(1, texts(1, 9)...)
			h.seal(1, texts(1, 9)...)
			h.event("intake of access has ended {event=intake.end stream=access pid=4 lines=7 dropped=0 cut=0 writer=4-019ac2f4a1b9f3ff last=7}")
			h.event("7 lines of access are missing in the spool: dropped {event=lines.missing lines=7 stream=access why=dropped writer=4-019ac2f4a1b9f3ff first=1 last=7}")
		}, 0, []string{"7 lost and explained"}},
		"given up by a relay": {func(h *host) {
			h.send(1, texts(1, 3)...)
			h.send(6, texts(6, 9)...)
			h.seal(1, texts(1, 9)...)
			h.event("given up {event=relay.given_up relay=a lines=2 total=2 writer=" + procID + " first=4 last=5}")
		}, 0, []string{"2 lost and explained", "7 cannot be checked (beside such lines)"}},
		"cut for the server": {func(h *host) {
			h.send(1, append(texts(1, 3), "GET /4 HT...[cut]")...)
			h.seal(1, texts(1, 4)...)
			h.event("cut {event=relay.cut relay=a messages=1 max=9 writer=" + procID + " first=4 last=4}")
		}, 0, []string{"4 cannot be checked (cut)"}},
		"cut, and nobody says so": {func(h *host) {
			h.send(1, append(texts(1, 3), "GET /4 HT...[cut]")...)
			h.seal(1, texts(1, 4)...)
		}, 1, []string{"cut: ", "line 4", "number 4", "GET /4 HT...[cut]"}},
		"cut at one server, and whole at another": {func(h *host) {
			h.send(1, append(texts(1, 3), "GET /4 HT...[cut]")...)
			h.send(1, texts(1, 4)...)
			h.seal(1, texts(1, 4)...)
			h.event("cut {event=relay.cut relay=a messages=1 max=9 writer=" + procID + " first=4 last=4}")
		}, 0, []string{"4 of 7 lines checked"}},
		"escaped": {func(h *host) {
			h.send(1, "GET /#011x", "GET /y")
			h.seal(1, "GET /\tx", "GET /y")
		}, 1, []string{"once the server's escapes", "numbers 1 to 2"}},
		"altered": {func(h *host) {
			h.send(1, texts(2, 10)...)
			h.seal(1, texts(1, 9)...)
		}, 1, []string{"lines 1 to 9: one or more of these texts are not those that were sealed"}},
		"two texts": {func(h *host) {
			h.send(1, texts(1, 5)...)
			h.send(5, "forged", "GET /6 HTTP/1.1")
			h.seal(1, texts(1, 6)...)
		}, 1, []string{"two_texts", "line 6", "number 5", `there: "forged"`, `line 5: "GET /5 HTTP/1.1"`}},
		"two texts, the forged one first": {func(h *host) {
			h.send(1, texts(1, 4)...)
			h.send(5, "forged")
			h.send(5, texts(5, 6)...)
			h.seal(1, texts(1, 6)...)
		}, 1, []string{"line 5", "number 5", `there: "forged"`, `line 6: "GET /5 HTTP/1.1"`, "6 of 8"}},
		"out of order": {func(h *host) {
			h.send(1, texts(1, 4)...)
			h.send(6, texts(6, 6)...)
			h.send(5, texts(5, 5)...)
			h.seal(1, texts(1, 6)...)
		}, 1, []string{"order: ", "line 6", "number 5", "6 of 8 lines checked"}},
		"no seal of these": {func(h *host) {
			h.send(1, texts(1, 9)...)
			h.seal(4, texts(4, 9)...)
		}, 1, []string{"lines that no seal has, before others", "numbers 1 to 3"}},
		// A heartbeat does not say how often seals are made: it may be once an hour, and ten minutes late.
		"not sealed for long": {func(h *host) {
			h.send(1, texts(1, 9)...)
			h.seal(1, texts(1, 3)...)
			h.now = h.now.Add(70*time.Minute + time.Millisecond)
			h.event("a deliverer is at work {event=deliverer.heartbeat n=1 chain=" + h.chain.ID + " relays=\"\" clock=synchronised clock_error=0.001}")
		}, 1, []string{"not_sealed", "number 4"}},
		"a seal without lines": {func(h *host) {
			h.send(1, texts(1, 3)...)
			h.seal(1, texts(1, 3)...)
			h.seal(4, texts(4, 9)...)
		}, 1, []string{"numbers 4 to 9", "seal 2 of chain"}},
		"seals promised, and not there": {func(h *host) {
			h.send(1, texts(1, 3)...)
			h.seal(1, texts(1, 3)...)
			h.event("a deliverer is at work {event=deliverer.heartbeat n=3 chain=" + h.chain.ID + " relays=\"\" clock=synchronised clock_error=0.001}")
		}, 1, []string{"seals are missing at the end, up to number 3"}},
		"an end that lines do not reach": {func(h *host) {
			h.send(1, texts(1, 3)...)
			h.seal(1, texts(1, 3)...)
			h.event("intake of access has ended {event=intake.end stream=access pid=7 lines=5 dropped=0 cut=0 writer=" + procID + " last=5}")
		}, 1, []string{"numbers 4 to 5"}},
		"an end that nobody has told": {func(h *host) {
			h.send(1, texts(1, 3)...)
			h.seal(1, texts(1, 3)...)
			h.event("intake of access has begun: process 7 {event=intake.begin stream=access pid=7 writer=" + procID + "}")
			h.now = h.now.Add(time.Hour)
			h.event("a deliverer is at work {event=deliverer.heartbeat n=1 chain=" + h.chain.ID + " relays=\"\" clock=synchronised clock_error=0.001}")
		}, 1, []string{"unfinished", "writer " + procID}},
		"unnumbered": {func(h *host) {
			h.send(1, texts(1, 3)...)
			h.seal(1, texts(1, 3)...)
			h.files["access"] += "<141>1 2026-11-22T10:00:00Z web1 httpd 7 access - forged\x1b[2J\n"
			h.files["access"] += "<141>Nov 22 10:00:00 web1 httpd[7]: older\n"
		}, 1, []string{"line 4: a line without a number in stream access", `"forged\x1b[2J"`, "line 5: a line that is no message of RFC 5424"}},
		"card numbers": {func(h *host) {
			h.send(1, "GET /?pan=4111111111111111")
			h.send(1, "GET /?pan=4111111111111111&x")
			h.seal(1, "GET /?pan=4111111111111111")
		}, 1, []string{`"GET /?pan=411111******1111&x"`, `"GET /?pan=411111******1111"`}},
		"a chain that is spliced": {func(h *host) {
			h.send(1, texts(1, 6)...)
			h.seal(1, texts(1, 3)...)
			h.chain.Prev = seal.SumOf("another")
			h.seal(4, texts(4, 6)...)
		}, 1, []string{"chain: this seal does not hang on the one before it", "seal 2 of chain"}},
		"a fork": {func(h *host) {
			h.send(1, texts(1, 3)...)
			before := h.chain
			h.seal(1, texts(1, 3)...)
			h.chain = before
			h.seal(1, texts(2, 4)...)
		}, 1, []string{"there are two seals with this number"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost("web1")
			tt.make(h)
			r := check(t, verify.Options{Central: []string{h.write(t, t.TempDir())}})
			var b strings.Builder
			if err := r.Write(&b); err != nil || r.Exit() != tt.exit {
				t.Errorf("%v, exit status %d, want %d", err, r.Exit(), tt.exit)
			}
			for _, say := range tt.says {
				if !strings.Contains(b.String(), say) {
					t.Errorf("nothing says %q", say)
				}
			}
			if strings.ContainsAny(b.String(), "\x1b\x07") {
				t.Error("a line writes to the terminal")
			}
			if t.Failed() {
				t.Logf("%s", &b)
			}
		})
	}
}

// TestOtherHostsExplainNothing: neither an event nor a seal of another host is taken for this one's.
func TestOtherHostsExplainNothing(t *testing.T) {
	dir := t.TempDir()
	h, other := newHost("web1"), newHost("web2")
	h.send(1, texts(1, 3)...)
	h.send(6, texts(6, 9)...)
	h.seal(1, append(append(texts(1, 3), "", ""), texts(6, 9)...)...)
	h.event("intake of access has begun: process 7 {event=intake.begin stream=access pid=7 writer=" + procID + "}")
	other.event("2 lines of access are missing in the spool: dropped {event=lines.missing lines=2 stream=access why=dropped writer=" + procID + " first=4 last=5}")
	other.seal(1, append(texts(1, 3), texts(6, 9)...)...)
	h.write(t, dir)
	other.write(t, dir)
	r := check(t, verify.Options{Central: []string{dir}})
	if r.Counts.Missing != 2 || r.Counts.Checked != 7 {
		t.Errorf("%+v", r.Counts)
	}
	for _, name := range []string{"web1", "web3"} {
		if r := check(t, verify.Options{Central: []string{filepath.Join(dir, "web2")}, Hosts: []string{name}}); r.Exit() != finding.Partial {
			t.Errorf("a host that is not there: %s", r.First())
		}
	}
}

// TestSealsFromOtherHands show what who has both ends has done: a part cut off everywhere, and a chain made anew.
func TestSealsFromOtherHands(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 5, Minutes: 20})
	hands := filepath.Join(t.TempDir(), "events")
	if err := os.CopyFS(hands, os.DirFS(filepath.Join(s.Remote, s.Host))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{s.Local, s.Remote} {
		verifytest.NewChanger(t, 1, name, name == s.Remote, s.Truth).Do("tail")
	}
	o := verify.Options{Central: []string{s.Remote}, LogDir: s.Local}
	without := check(t, o)
	o.Seals = []string{hands}
	with := check(t, o)
	t.Logf("without: %s\nwith: %s", without.Sentence(), with.Sentence())
	if with.Exit() != finding.Findings || with.Counts.Missing == 0 || with.OneHand {
		t.Errorf("%s", with.First())
	}
}

// TestPeriod: what is checked is what came in then, and nothing known of its begin or end is a finding.
func TestPeriod(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 6, Minutes: 60})
	begin, end := s.Start.Add(20*time.Minute), s.Start.Add(40*time.Minute)
	all := check(t, verify.Options{Central: []string{s.Remote}, LogDir: s.Local})
	o := verify.Options{Central: []string{s.Remote}, LogDir: s.Local, From: begin, To: end}
	part := check(t, o)
	t.Logf("all: %s\npart: %s", all.Sentence(), part.Sentence())
	if part.Exit() != finding.OK || part.Counts.Lines*2 > all.Counts.Lines || part.Counts.Checked == 0 || part.Counts.Bytes >= all.Counts.Bytes {
		_ = part.Write(os.Stdout)
		t.Error("not the part")
	}
	for name, o := range map[string]verify.Options{
		"before": {Central: o.Central, From: s.Start.Add(-time.Hour), To: end},
		"behind": {Central: o.Central, From: begin, To: s.Last.Add(time.Hour)},
	} {
		if r := check(t, o); r.Exit() != finding.Findings || !strings.Contains(r.First(), "not_covered") {
			t.Errorf("%s: %s", name, r.First())
		}
	}
}

// TestTwoServers: each has all lines, or a part of them; together they are whole, and what is altered at one is
// found by the other.
func TestTwoServers(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 7})
	second := filepath.Join(t.TempDir(), "second")
	if err := os.CopyFS(second, os.DirFS(s.Remote)); err != nil {
		t.Fatal(err)
	}
	both := verify.Options{Central: []string{s.Remote, second}}
	if r := check(t, both); r.Exit() != finding.OK || r.Counts.Checked == 0 {
		t.Errorf("both whole: %s", r.First())
	}
	c := verifytest.NewChanger(t, 3, second, true, s.Truth)
	c.Do("delete")
	if r := check(t, both); r.Exit() != finding.OK || r.Counts.Missing > 0 {
		t.Errorf("a file of one is gone: %s", r.First())
	}
	c.Sealed = func(text string) bool { return s.Truth[text].Minute < s.Minutes-2 }
	change := c.Do("byte")
	if r := check(t, both); r.Exit() != finding.Findings || !change.IsFound(r) {
		t.Errorf("%+v: %s", change, r.First())
	}
}

// TestLittleMemory: pieces that are looked at once more are looked at in parts, where there are many, and with the
// same result.
func TestLittleMemory(t *testing.T) {
	h := newHost("web1")
	const lines = 3000
	h.send(1, texts(1, lines)...)
	h.send(2, texts(2, lines)...)
	h.seal(1, texts(1, 10)...)
	h.seal(11, texts(11, lines-10)...)
	h.seal(lines-9, texts(lines-9, lines)...)
	dir := h.write(t, t.TempDir())
	for _, memory := range []int{1, 1000, 30000, 0} {
		r := check(t, verify.Options{Central: []string{dir}, Memory: memory})
		if r.Exit() != finding.OK || r.Counts.Checked != lines {
			t.Errorf("%d bytes: %s", memory, r.Sentence())
			_ = r.Write(os.Stdout)
		}
	}
}
