package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/words"
)

// crowd is 10,000 senders, each with four writers, behind one connection: their names are HOSTNAMEs.
type crowd struct {
	t    *testing.T
	out  *bufio.Writer
	sent int
	next [40_000]uint64 // numbers, by writer
}

func (c *centre) newCrowd() *crowd {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	return &crowd{t: c.t, out: bufio.NewWriterSize(conn, 64<<10)}
}

// send sends the next messages.
func (w *crowd) send(n int) {
	w.t.Helper()
	for range n {
		i := w.sent % len(w.next)
		w.sent++
		w.next[i]++
		m := fmt.Sprintf("<141>1 2026-11-27T03:28:28.000000Z web%05d.example.com httpd 4711-%016x access [meta sequenceId=\"%d\"] "+
			"192.0.2.7 - - [27/Nov/2026:03:28:28 +0000] \"GET /index.html HTTP/1.1\" 200 5120 \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"", i%10_000, i+1, w.next[i])
		if _, err := fmt.Fprintf(w.out, "%d %s", len(m), m); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.out.Flush(); err != nil {
		w.t.Fatal(err)
	}
}

// TestTenThousandSendersCheap: a centre that seals, with 10,000 senders of four writers each, has bounded memory. In
// $HTTPD_SYSLOG_SENDERS_FOR, such as 10m, they send 5,000 messages a second for so long, and it prints what memory and
// CPU that takes.
func TestTenThousandSendersCheap(t *testing.T) {
	if testbed.Raced {
		t.Skip("the race detector takes several times the memory")
	}
	const most = 256 << 10 // KiB
	c := newCentre(t, "file = \"{sender}-{date}.log\"\nforwarders = [\"127.0.0.1\"]\ncompress = false\n[seal]\nevery = \"1m\"\n")
	c.begin()
	pid := c.service.cmd.Process.Pid
	c.awaitListening()
	w := c.newCrowd()
	w.send(40_000)
	d, _ := time.ParseDuration(os.Getenv("HTTPD_SYSLOG_SENDERS_FOR")) // without it: no time
	began, told := time.Now(), time.Duration(0)
	for d > 0 && time.Since(began) < d {
		if behind := int(time.Since(began).Seconds()*5000) + 40_000 - w.sent; behind > 0 {
			w.send(min(behind, 500))
			continue
		}
		if since := time.Since(began).Truncate(time.Minute); since > told {
			told = since
			t.Logf("after %v, %d messages: %d MB resident, %v of CPU", since, w.sent, testbed.Process(pid).Memory(t)>>10, testbed.Process(pid).CPU(t))
		}
		time.Sleep(5 * time.Millisecond)
	}
	want := fmt.Sprintf("10,000 senders, 0 of them silent: %s messages", words.Count(uint64(w.sent)))
	testbed.Eventually(t, want, func() bool {
		out, _ := c.command(nil, "status", "--config", c.config).Output() // what is not there yet is waited for
		return strings.Contains(string(out), want)
	})
	if n := testbed.Process(pid).PeakMemory(t); n > most {
		t.Errorf("%d MB of memory", n>>10)
	}
	t.Logf("%d messages: at most %d MB, %v of CPU", w.sent, testbed.Process(pid).PeakMemory(t)>>10, testbed.Process(pid).CPU(t))
	files, err := filepath.Glob(filepath.Join(c.files, "*.log"))
	if err != nil || len(files) != 10_000 {
		t.Errorf("%d files, %v", len(files), err)
	}
	c.service.endService()
}
