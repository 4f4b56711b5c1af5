package e2e

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// request is one request, each number only once. It is sent as it stands, so
// that it can be what no HTTP library would send.
type request struct {
	number                 int
	target, agent, referer string
}

func (r *request) bytes() string {
	return "GET " + r.target + " HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: " + r.agent +
		"\r\nReferer: " + r.referer + "\r\nConnection: close\r\n\r\n"
}

// logged is about how long its access line is, and never too small.
func (r *request) logged() (n int) {
	for _, c := range []byte(r.target + r.agent + r.referer) {
		switch {
		case c < ' ' || c > '~':
			n += len(`\xff`)
		case c == '"' || c == '\\':
			n += 2
		default:
			n++
		}
	}
	return n + 150
}

const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// odd are the targets and user agents that have broken loggers, or could. NNN
// is where the number goes.
var odd = []struct{ target, agent string }{
	{`/?n=NNN`, browser},
	{`/?n=NNN&q="quoted"`, `an "agent" with 'quotes' "`},
	{`/?n=NNN&path=C:\new\table\x41\`, `back\slash \" \\`},
	{`/?n=NNN&a=%0aJan%201%2000:00:00%20forged%0d%00`, "%0a<0>forged"},
	{`/line%0afeed%09tab?n=NNN`, "tab\tin the\tagent"},
	{`/caf` + "\u00e9" + `?n=NNN&snow=` + "\u2603", "Zo\u00eb \u2603 \U0001f600"},
	{`/?n=NNN&raw=` + "\x80\xfe\xff", "\xff\xfe raw \x80"},
	{`/?n=NNN&f=%m%s%n%%`, "100%m %s %n %d %!s(MISSING) %%"},
	{`/%zz%m?n=NNN`, browser},
	{`/two words?n=NNN`, browser},
	{`/missing?n=NNN`, browser},
	{`/denied?n=NNN`, browser},
	{`/?n=NNN`, "control \x01\x1b[31m"},
	{`/?n=NNN&json={"a":"b\u0000"}`, `${jndi:ldap://x/} <script> <190>1 - - - - - -`},
	{`/..%2f..%2fetc/passwd?n=NNN`, browser},
	{`/level/stderr?n=NNN`, browser},
}

type levelName struct{ lua, apache string }

// levels are mod_lua's names for Apache's, and what Apache makes of them.
var levels = []levelName{
	{"emerg", "emerg"}, {"alert", "alert"}, {"crit", "crit"}, {"err", "error"}, {"warn", "warn"},
	{"notice", "notice"}, {"info", "info"}, {"debug", "debug"}, {"trace1", "trace1"}, {"trace8", "trace8"},
}

// requests makes n of them.
func requests(n int) []request {
	all := make([]request, n)
	for i := range all {
		o := odd[i%len(odd)]
		r := request{
			number: i, agent: o.agent, referer: "http://www.example.com/",
			target: strings.ReplaceAll(o.target, "NNN", strconv.Itoa(i)),
		}
		if i%7 == 3 {
			r.target, r.agent = fmt.Sprintf("/level/%s?n=%d", levels[i/7%len(levels)].lua, i), browser
		}
		r.lengthen()
		all[i] = r
	}
	return all
}

// lengthen makes some requests as long as Apache takes them, and some longer.
func (r *request) lengthen() {
	const limit = 8190 - len("GET  HTTP/1.1") // LimitRequestLine
	switch n := r.number; {
	case n%50 == 1:
		r.target = pad(fmt.Sprintf("/?n=%d&q=", n), "query-", limit)
	case n%100 == 2:
		r.target = pad(fmt.Sprintf("/%d/", n), "path/", limit)
	case n%200 == 5:
		r.target = pad(fmt.Sprintf("/?n=%d&q=", n), "\xe2\x98\x83", limit)
	case n%200 == 6:
		r.target = pad(fmt.Sprintf("/?n=%d&q=", n), "too long", limit+1000)
	case n%50 == 9:
		r.agent = pad(r.agent, " (long)", 6000)
	}
}

func pad(s, with string, n int) string {
	return s + strings.Repeat(with, n/len(with)+1)[:n-len(s)]
}

// send sends requests, and returns how many were answered.
func (a *apache) send(all []request) (answered int) { return a.sendOver(all, 16) }

// sendOver sends them over so many connections at a time.
func (a *apache) sendOver(all []request, connections int) (answered int) {
	next := make(chan *request)
	var wg sync.WaitGroup
	var mu sync.Mutex // guards answered
	for range connections {
		wg.Go(func() {
			for r := range next {
				if _, ok := a.get(r.bytes()); ok {
					mu.Lock()
					answered++
					mu.Unlock()
				}
			}
		})
	}
	for i := range all {
		next <- &all[i]
	}
	close(next)
	wg.Wait()
	return answered
}

// get sends one request and reads the answer to its end. Where Apache does not
// read the whole of a request, a part of the answer is one.
func (a *apache) get(request string) (answer string, ok bool) {
	conn, err := net.Dial("tcp", a.address)
	if err != nil {
		return "", false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(testbed.Patience)) // it has not been closed
	if _, err := io.WriteString(conn, request); err != nil {
		return "", false
	}
	b, _ := io.ReadAll(conn)
	return string(b), strings.HasPrefix(string(b), "HTTP/1.1 ")
}

// waves cuts requests into pieces whose lines fit into a pipe, even one that is
// no larger than Linux makes them.
func waves(all []request) (parts [][]request) {
	const most = 48 << 10
	from, size := 0, 0
	for i := range all {
		n := all[i].logged()
		if size+n > most && i > from {
			parts = append(parts, all[from:i])
			from, size = i, 0
		}
		size += n
	}
	return append(parts, all[from:])
}

// sendInWaves sends requests so that no pipe runs full: from a full one Apache's
// children write lines of more than 4,096 bytes in pieces that mix, whatever
// reads it. A wave is over when what Apache has logged by itself is also in the
// program's local log, and an error line that is made last is in the error log.
func (a *apache) sendInWaves(t *testing.T, all []request, access, errors string) (sent, answered int) {
	t.Helper()
	for i, wave := range waves(all) {
		answered += a.send(wave)
		sent += len(wave) + 1
		mark := fmt.Sprintf("wave=%d.", i)
		if _, ok := a.get("GET /level/notice?" + mark + " HTTP/1.0\r\n\r\n"); ok {
			answered++
		}
		a.awaitLogged(t, sent)
		want := len(testbed.ReadFile(t, a.plain))
		testbed.Eventually(t, mark+" in the logs", func() bool {
			return len(testbed.ReadFile(t, access)) >= want && strings.Contains(testbed.ReadFile(t, errors), mark)
		})
	}
	return sent, answered
}

// awaitLogged waits until Apache has logged so many requests by itself.
func (a *apache) awaitLogged(t *testing.T, requests int) {
	t.Helper()
	testbed.Eventually(t, fmt.Sprintf("%d requests in Apache's own log", requests), func() bool {
		return a.logged(t) >= requests
	})
}

// logged is how many requests Apache has logged by itself, without those that
// it makes to wake its children.
func (a *apache) logged(t *testing.T) int {
	t.Helper()
	text := testbed.ReadFile(t, a.plain)
	return strings.Count(text, "\n") - strings.Count(text, "(internal dummy connection)\"\n")
}
