package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// rsyslog is a private rsyslogd. It has one input, and writes what it gets to
// one file.
type rsyslog struct {
	*server
	network string // tcp, udp, unixgram
	address string
	file    string
}

// Nothing is lost in here: the queue is Direct, so that what is read is
// written. Over UDP the socket buffer holds what Direct does not take at once:
// all the messages of a test together are below 8 MB, and the 32 MB that the
// kernel makes of this leave it room for its own overhead on small ones.
const rsyslogConf = `global(workDirectory=%q maxMessageSize="64k" net.enableDNS="off"
       parser.escapeControlCharactersOnReceive="off")
main_queue(queue.type="Direct")
template(name="fields" type="list") {
  property(name="syslogfacility-text") constant(value="\t")
  property(name="syslogseverity-text") constant(value="\t")
  property(name="programname")         constant(value="\t")
  property(name="procid")              constant(value="\t")
  property(name="msgid")               constant(value="\t")
  property(name="structured-data")     constant(value="\t")
  property(name="msg")                 constant(value="\n")
}
%s
action(type="omfile" file=%q template="fields" asyncWriting="off" flushOnTXEnd="on")
`

var rsyslogInputs = map[string]string{
	"tcp": `module(load="imtcp") input(type="imtcp" address="127.0.0.1" port=%q)`,
	"udp": `module(load="imudp") input(type="imudp" address="127.0.0.1" port=%q rcvbufSize="16m")`,
	"unixgram": `module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" socket=%q flowControl="on" rateLimit.interval="0")`,
}

func startRsyslog(t *testing.T, network string) *rsyslog {
	t.Helper()
	program := testbed.Need(t, "rsyslogd")
	dir := testbed.OpenDir(t)
	r := &rsyslog{network: network, file: filepath.Join(dir, "messages")}
	where := filepath.Join(dir, "log.sock")
	r.address = where
	if network != "unixgram" {
		where = fmt.Sprint(freePort(t))
		r.address = "127.0.0.1:" + where
	}
	conf := filepath.Join(dir, "rsyslog.conf")
	testbed.WriteFile(t, conf, fmt.Sprintf(rsyslogConf, dir, fmt.Sprintf(rsyslogInputs[network], where), r.file))
	cmd := exec.Command(program, "-n", "-f", conf, "-i", filepath.Join(dir, "pid"))
	r.server = startServer(t, cmd, filepath.Join(dir, "console"))
	r.awaitReady(t)
	return r
}

// awaitReady sends something until it is there: a UDP port tells nothing.
func (r *rsyslog) awaitReady(t *testing.T) {
	t.Helper()
	const probe = "<14>Jan  1 00:00:00 probe: x\n" // without a host name, as on a local socket
	testbed.Eventually(t, "rsyslog ready", func() bool {
		if conn, err := net.Dial(r.network, r.address); err == nil {
			fmt.Fprint(conn, probe) // repeated until it arrives
			conn.Close()
		}
		return testbed.ReadFile(t, r.file) != "" || r.hasEnded()
	})
	if r.hasEnded() {
		t.Fatalf("rsyslogd: %v\n%s", r.err, tail(r.console))
	}
}

// url is the address as httpd_syslog has it.
func (r *rsyslog) url() string {
	if r.network == "unixgram" {
		return "unix://" + r.address
	}
	return r.network + "://" + r.address
}

// message is a line of rsyslog's file.
type message struct {
	facility, severity, program, procID, msgID, data, text string
}

// String is the message without what differs from one process to the next.
func (m message) String() string {
	return strings.Join([]string{m.facility, m.severity, m.program, m.msgID, m.text}, " ")
}

// await waits for so many messages.
func (r *rsyslog) await(t *testing.T, atLeast int) {
	t.Helper()
	testbed.Eventually(t, fmt.Sprintf("%d messages at rsyslog", atLeast), func() bool {
		text := testbed.ReadFile(t, r.file)
		return strings.Count(text, "\n")-strings.Count(text, "\tprobe\t") >= atLeast
	})
}

// finish waits for so many messages, ends rsyslog and returns what it has
// written by then, without probes.
func (r *rsyslog) finish(t *testing.T, atLeast int) []message {
	t.Helper()
	r.await(t, atLeast)
	r.end(t, syscall.SIGTERM)
	var all []message
	for _, line := range readLines(t, r.file) {
		f := strings.SplitN(line, "\t", 7)
		if len(f) < 7 {
			t.Fatalf("rsyslog's file has a line of its own kind: %q", line)
		}
		if f[2] != "probe" {
			all = append(all, message{f[0], f[1], f[2], f[3], f[4], f[5], f[6]})
		}
	}
	return all
}
