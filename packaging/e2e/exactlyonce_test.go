package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// batchLines is how many lines Apache logs of a request, in one write of less than PIPE_BUF.
const batchLines = 20

// batchFormat has the line's number in its request first, and an end by which a torn one is known.
func batchFormat() string {
	var b strings.Builder
	for i := range batchLines {
		if i > 0 {
			b.WriteString(`\n`)
		}
		fmt.Fprintf(&b, `%d %%v %%h - - %%t \"%%r\" %%>s %%b \"-\" \"%%{User-Agent}i\"%s`, i, batchEnd)
	}
	return `"` + b.String() + `"`
}

const batchEnd = " end"

// batchNumber is that of a line; false: it is none, or torn.
func batchNumber(line string) (n int, whole bool) {
	first, rest, _ := strings.Cut(line, " ")
	_, rest, _ = strings.Cut(rest, `"GET /?n=`)
	second, rest, _ := strings.Cut(rest, " ")
	i, err := strconv.Atoi(first)
	request, err2 := strconv.Atoi(second)
	if err != nil || err2 != nil || i < 0 || i >= batchLines || request < 0 || !strings.HasSuffix(rest, batchEnd) {
		return 0, false
	}
	return request*batchLines + i, true
}

// webServer is an Apache whose access log goes to a collector.
type webServer struct {
	*program
	host   string
	httpd  *apache
	cable  *testbed.Cable
	killed int // intakes
	sent   atomic.Int64
	failed atomic.Int64 // requests of which no answer came
}

// newWebServer starts one that sends over a scheme to a port.
func newWebServer(t *testing.T, n int, scheme string, port int, certs certificates) *webServer {
	t.Helper()
	w := &webServer{program: place(t), host: fmt.Sprintf("web%d.example.com", n), cable: testbed.NewCable(t, fmt.Sprintf("127.0.0.1:%d", port))}
	tls := ""
	if strings.HasSuffix(scheme, "tls") {
		tls = fmt.Sprintf("[relay.tls]\nca_file = %q\ncert_file = %q\nkey_file = %q\n", certs.ca, certs.clientCert, certs.clientKey)
	}
	testbed.WriteFile(t, w.config, fmt.Sprintf("hostname = %q\nstate_dir = %q\n[log]\ndir = %q\nrotate = \"never\"\nmax_size = \"4GB\"\n[seal]\nevery = \"1s\"\n[[relay]]\nname = \"central\"\nservers = [\"%s://%s\"]\n%s",
		w.host, w.state, w.log, scheme, strings.Replace(w.cable.Address(), "127.0.0.1", "localhost", 1), tls))
	w.httpd = startApache(t, apacheOptions{mpm: "event", access: w.command("access"), format: batchFormat(), extra: "KeepAlive On\nMaxKeepAliveRequests 0\nKeepAliveTimeout 60\n"})
	return w
}

// load sends requests at a rate, some in a row over each connection, until stop says so. A request is sent but
// once.
func (w *webServer) load(rate int, stop func() bool) {
	const connections = 4
	var sending sync.WaitGroup
	defer sending.Wait()
	began := time.Now()
	for c := range connections {
		sending.Go(func() {
			conn, err := net.Dial("tcp", w.httpd.address)
			if err != nil {
				w.failed.Add(1)
				return
			}
			defer conn.Close()
			in, done := bufio.NewReader(conn), 0
			for !stop() {
				due := int(time.Since(began).Seconds()*float64(rate))/connections - done
				if due = min(due, 100); due <= 0 {
					time.Sleep(5 * time.Millisecond) // the pace
					continue
				}
				if err := w.batch(conn, in, c+done*connections, connections, due); err != nil {
					w.failed.Add(int64(due))
					return
				}
				done += due
			}
		})
	}
}

// batch sends so many requests in a row, whose numbers are so far apart, and reads the answers.
func (w *webServer) batch(conn net.Conn, in *bufio.Reader, first, apart, requests int) error {
	var b strings.Builder
	for i := range requests {
		fmt.Fprintf(&b, "GET /?n=%d HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: %s\r\n\r\n", first+i*apart, browser)
	}
	if _, err := conn.Write([]byte(b.String())); err != nil {
		return err
	}
	for range requests {
		answer, err := http.ReadResponse(in, nil)
		if err == nil {
			_, err = in.Discard(int(answer.ContentLength))
		}
		if err != nil {
			return err
		}
		w.sent.Add(1)
	}
	return nil
}

// collectingProgram is the use of the program that collects, over three schemes.
type collectingProgram struct {
	*program
	files   string
	service *server
	ports   map[string]int
	starts  int
}

var collectSchemes = []string{"relp+tls", "tls", "tcp"}

func newCollectingProgram(t *testing.T, certs certificates) *collectingProgram {
	t.Helper()
	c := &collectingProgram{program: place(t), ports: make(map[string]int)}
	c.files = filepath.Join(filepath.Dir(c.config), "central")
	listen := ""
	for _, scheme := range collectSchemes {
		c.ports[scheme] = freePort(t)
		listen += fmt.Sprintf("[[listen]]\nurl = \"%s://127.0.0.1:%d\"\ncollect = true\n", scheme, c.ports[scheme])
		if strings.HasSuffix(scheme, "tls") {
			listen += fmt.Sprintf("[listen.tls]\ncert_file = %q\nkey_file = %q\nclient_ca_file = %q\n", certs.serverCert, certs.serverKey, certs.ca)
		}
	}
	testbed.WriteFile(t, c.config, fmt.Sprintf("hostname = \"log1.example.com\"\nstate_dir = %q\n[log]\ndir = %q\n%s[collect]\ndir = %q\n[http]\nlisten = \"\"\n", c.state, c.log, listen, c.files))
	return c
}

func (c *collectingProgram) start(t *testing.T) {
	t.Helper()
	c.starts++
	c.service = startServer(t, exec.Command(c.binary, "serve", "--config", c.config), filepath.Join(filepath.Dir(c.config), fmt.Sprintf("service-%d", c.starts)))
}

// status is what its status says of what it has collected.
func (c *collectingProgram) status() (of status.Collect) {
	out, _ := exec.Command(c.binary, "status", "--json", "--config", c.config).Output() // what is not there yet is waited for
	var st status.Status
	if json.Unmarshal(out, &st) == nil && st.Collect != nil {
		return *st.Collect
	}
	return of
}

// awaitAll waits until all that is in the senders' spools, and then in the collector's, is in the central files,
// for as long as anything moves.
func (c *collectingProgram) awaitAll(t *testing.T, senders []*webServer) {
	t.Helper()
	for last := ""; ; {
		now := ""
		testbed.Eventually(t, "that anything moves", func() bool {
			left := 0
			for _, w := range senders {
				left += len(processes(w.binary))
			}
			st := c.status()
			if now = fmt.Sprint(left, st.Messages, st.Repeated, st.Backlog.Lines); left == 0 && st.Messages > 0 && st.Backlog.Lines == 0 {
				now = ""
			}
			return now != last
		})
		if last = now; last == "" {
			break
		}
	}
	for _, w := range senders {
		w.awaitEnd(t)
	}
}

// TestExactlyOnce: three Apaches with a program each send over RELP+TLS, TLS and TCP to one collector, while
// each second an intake, a deliverer or the collector is killed -9 and a connection is reset. Each line of each
// sender is in the central files once, in its writer's order, and verify finds nothing. What Apache has logged
// besides, intakes that were killed had in hand. HTTPD_SYSLOG_EXACTLY_ONCE is for how long, in full:
// 10,000 lines a second of each.
func TestExactlyOnce(t *testing.T) {
	lasts, rate, full := 5*time.Second, 2000, false
	if d, err := time.ParseDuration(os.Getenv("HTTPD_SYSLOG_EXACTLY_ONCE")); err == nil {
		lasts, rate, full = d, 10_000, true
	}
	certs := makeCertificates(t, testbed.OpenDir(t))
	c := newCollectingProgram(t, certs)
	c.start(t)
	var senders []*webServer
	for n, scheme := range collectSchemes {
		senders = append(senders, newWebServer(t, n+1, scheme, c.ports[scheme], certs))
	}
	var over atomic.Bool
	var loads sync.WaitGroup
	began := time.Now()
	for _, w := range senders {
		loads.Go(func() { w.load(rate/batchLines, over.Load) })
	}
	f := faults{count: make(map[string]int)}
	for n := 0; time.Since(began) < lasts || n < int(lasts/time.Second); n++ {
		time.Sleep(rand.N(time.Second)) // so that the faults come at any moment
		for !f.kill(t, c, senders) {
			time.Sleep(time.Millisecond) // nobody is there, just now
		}
		time.Sleep(max(0, time.Until(began.Add(time.Duration(n+1)*time.Second))))
		for !f.cut(senders) {
			time.Sleep(time.Millisecond) // its sender waits before it connects again
		}
	}
	over.Store(true)
	loads.Wait()
	took := time.Since(began)
	for _, w := range senders {
		testbed.Eventually(t, "Apache's own lines", func() bool {
			return strings.Count(testbed.ReadFile(t, w.httpd.plain), `"GET /?n=`) >= int(w.sent.Load())*batchLines
		})
		w.httpd.end(t, syscall.SIGTERM)
	}
	c.awaitAll(t, senders)
	drained := time.Since(began) - took
	c.service.end(t, syscall.SIGTERM)
	for _, w := range senders {
		if n := w.failed.Load(); n > 0 {
			t.Errorf("%s: %d requests without an answer", w.host, n)
		}
		w.checkOnce(t, c.files)
		t.Logf("%s: %.0f lines a second", w.host, float64(w.sent.Load()*batchLines)/took.Seconds())
	}
	repeated := c.status().Repeated
	t.Logf("faults %v; %v under load, %v until all was there; %d repeats", f.count, took.Round(time.Second), drained.Round(time.Second), repeated)
	if full && repeated == 0 {
		t.Error("no repeat is counted")
	}
}

// faults are what has been done.
type faults struct{ count map[string]int }

// cut resets the connection of one of the senders, if it has one.
func (f *faults) cut(senders []*webServer) bool {
	n := senders[rand.IntN(len(senders))].cable.Cut()
	f.count["connection"] += n
	return n > 0
}

// kill kills one of the processes, if it is there.
func (f *faults) kill(t *testing.T, c *collectingProgram, senders []*webServer) bool {
	t.Helper()
	victim := []string{"intake", "deliver", "collector"}[rand.IntN(3)]
	if victim == "collector" {
		c.service.signal(t, syscall.SIGKILL)
		<-c.service.ended
		c.start(t)
		f.count[victim]++
		return true
	}
	w := senders[rand.IntN(len(senders))]
	for _, pid := range processes(w.binary) {
		if args := testbed.Process(pid).Args(); len(args) < 2 || args[1] != victim {
			continue
		}
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may just have ended
		if f.count[victim]++; victim == "intake" {
			w.killed++
		}
		return true
	}
	return false
}
