package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// wire is a way to a centre on which somebody sits who takes messages out, and puts them in again when it pleases
// him: octet counting, as relays send.
type wire struct {
	t    *testing.T
	to   string
	l    net.Listener
	mu   sync.Mutex // guards what follows
	take string     // messages with this text do not pass; empty: all do
	kept []string
	gone []string // messages that have passed
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, to: to, l: l}
	var busy sync.WaitGroup
	busy.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			busy.Go(func() { w.pass(from) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		busy.Wait()
	})
	return w
}

// pass passes on what a connection brings, until either end closes.
func (w *wire) pass(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer to.Close()
	for r := bufio.NewReader(from); ; {
		size, err := r.ReadString(' ')
		n, bad := strconv.Atoi(strings.TrimSuffix(size, " "))
		if err != nil || bad != nil {
			return
		}
		message := make([]byte, n)
		if _, err := io.ReadFull(r, message); err != nil {
			return
		}
		if w.takes(string(message)) {
			continue
		}
		if _, err := to.Write(append([]byte(size), message...)); err != nil {
			return
		}
	}
}

func (w *wire) takes(message string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.take == "" || !strings.Contains(message, w.take) {
		w.gone = append(w.gone, message)
		return false
	}
	w.kept = append(w.kept, message)
	return true
}

// passed is how many messages with a text have passed.
func (w *wire) passed(text string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.gone {
		if strings.Contains(m, text) {
			n++
		}
	}
	return n
}

// setTake has messages with a text not pass from now on.
func (w *wire) setTake(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.take = text
}

// giveBack sends what was taken.
func (w *wire) giveBack() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.kept) == 0 {
		w.t.Fatal("nothing was taken")
	}
	to, err := net.Dial("tcp", w.to)
	if err != nil {
		w.t.Fatal(err)
	}
	defer to.Close()
	for _, m := range w.kept {
		if _, err := fmt.Fprintf(to, "%d %s", len(m), m); err != nil {
			w.t.Fatal(err)
		}
	}
	w.take = ""
}

// watchedCentre is a centre with a page, and one sender with a service and a wire to the centre.
type watchedCentre struct {
	*centre
	web  string
	wire *wire
	from *site
}

func newWatchedCentre(t *testing.T, more string) *watchedCentre {
	t.Helper()
	web := testbed.FreeAddress(t)
	c := &watchedCentre{centre: newCentre(t, more+"forwarders = [\"127.0.0.1\"]\n"), web: web, from: newSite(t)}
	was := testbed.ReadFile(t, c.config)
	c.configure("%s", strings.Replace(was, "http.listen = \"\"", fmt.Sprintf("http.listen = %q", web), 1))
	c.wire = newWire(t, c.address)
	c.from.configure("hostname = \"web1.example.com\"\ndeliver = \"service\"\n%s%s[[relay]]\nname = \"central\"\nservers = [\"tcp://%s\"]\n",
		c.from.places(), seals, c.wire.l.Addr())
	c.begin()
	return c
}

// get is what the centre's page, or its metrics, say.
func (c *watchedCentre) get(path string) string {
	resp, err := http.Get("http://" + c.web + path)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body) // what is there counts
	return string(b)
}

// sender is what status --json tells of the sender.
func (c *watchedCentre) sender() (of status.Sender) {
	out, _ := c.command(nil, "status", "--json", "--sender", "WEB1", "--config", c.config).Output() // a failure tells of nobody
	var st status.Status
	if json.Unmarshal(out, &st) == nil && st.Collect != nil && len(st.Collect.Senders) == 1 {
		return st.Collect.Senders[0]
	}
	return of
}

// awaitAll waits until status, its check, metrics and page show it.
func (c *watchedCentre) awaitAll(what string, is func(status.Sender) bool, check, metric, page string) {
	c.t.Helper()
	testbed.Eventually(c.t, what+" in the status", func() bool { return is(c.sender()) })
	testbed.Eventually(c.t, what+" in the check", func() bool {
		out, _ := c.command(nil, "status", "--check", "--config", c.config).Output() // its exit status says the same
		return strings.Contains(string(out), check)
	})
	testbed.Eventually(c.t, what+" in the metrics", func() bool { return strings.Contains(c.get("/metrics"), "\nhttpd_syslog_"+metric+"\n") })
	testbed.Eventually(c.t, what+" on the page", func() bool {
		return strings.Contains(c.get("/"), page) && strings.Contains(c.get("/senders"), "web1.example.com")
	})
}

// TestCentreMissesWhatAWireTakes: a line that somebody takes out on its way is missing, in event, status, check,
// metric and page; when it comes after all, that is told as well.
func TestCentreMissesWhatAWireTakes(t *testing.T) {
	t.Parallel()
	c := newWatchedCentre(t, "grace = \"1s\"\nsilence = \"0\"\n")
	c.wire.setTake("line 5 ")
	service := c.from.serve()
	front, w := c.from.pipe()
	f := &feed{t: t, w: w}
	f.write(10)
	c.awaitEvent("event=gap.open incident=")
	if told := c.local("audit_log"); !strings.Contains(told, "sender=web1.example.com lines=1 writer=") || !strings.Contains(told, " first=6 last=6") {
		t.Error(told)
	}
	c.awaitAll("a missing line", func(s status.Sender) bool { return s.Missing == 1 && s.Messages >= 9 },
		"lines of senders are missing: 1 numbers did not come", `sender_missing{sender="web1.example.com"} 1`, "lines of senders are missing")
	c.wire.giveBack()
	c.awaitEvent("event=gap.closed incident=")
	c.awaitAll("that it came late", func(s status.Sender) bool { return s.Missing == 0 && s.Late == 1 }, "OK", "collect_late_total 1", "<dt>Came late</dt><dd>1 ")
	w.Close()
	front.wait(0)
	service.endService()
	c.service.endService()
}

// TestCentreHearsWhy: lines that a damaged spool has lost are explained by the sender's event, and not missing.
func TestCentreHearsWhy(t *testing.T) {
	t.Parallel()
	c := newWatchedCentre(t, "grace = \"1s\"\nsilence = \"0\"\n")
	front, w := c.from.pipe()
	f := &feed{t: t, w: w}
	for n := range 10 {
		f.write(1)
		testbed.Eventually(t, "the line in the spool", func() bool { return strings.Contains(c.from.spooled(), fmt.Sprintf("line %d ", n)) })
	}
	w.Close()
	front.wait(0)
	c.from.alterSpool("line 4 ", "line x ")
	service := c.from.serve()
	c.awaitAll("an explained line", func(s status.Sender) bool { return s.Missing == 0 && s.Lost == 1 && s.Messages > 9 },
		"OK", "collect_explained_total 1", "<dt>Explained</dt><dd>1 ")
	if told := c.local("audit_log"); strings.Contains(told, "gap.open") {
		t.Error(told)
	}
	service.endService()
	c.service.endService()
}

// alterSpool alters a text in the spool, where it stands once.
func (s *site) alterSpool(from, to string) {
	s.t.Helper()
	paths, _ := filepath.Glob(filepath.Join(s.state, "spool", "*")) // the pattern is good
	for _, path := range paths {
		text := testbed.ReadFile(s.t, path)
		if strings.Count(text, from) != 1 {
			continue
		}
		if err := os.WriteFile(path, []byte(strings.Replace(text, from, to, 1)), 0o600); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	s.t.Fatalf("%q is in no file of the spool", from)
}

// TestCentreMissesASilentSender: a sender that is killed is told of after a time, and that it is heard again; one
// that ends in good order is not.
func TestCentreMissesASilentSender(t *testing.T) {
	t.Parallel()
	c := newWatchedCentre(t, "silence = \"2s\"\n")
	service := c.from.serve()
	front, w := c.from.pipe()
	f := &feed{t: t, w: w}
	f.write(3)
	testbed.Eventually(t, "the sender", func() bool { return c.sender().Messages >= 3 })
	_ = service.cmd.Process.Kill()
	<-service.exited
	c.awaitEvent("event=host.silent incident=")
	c.awaitAll("silence", func(s status.Sender) bool { return s.Silent }, "senders are silent: web1.example.com", `sender_silent{sender="web1.example.com"} 1`, "senders are silent")
	service = c.from.serve()
	c.awaitEvent("event=host.back incident=")
	w.Close()
	front.wait(0)
	service.endService()
	testbed.Eventually(t, "its end", func() bool { return !c.sender().Silent })
	c.service.endService()
}
