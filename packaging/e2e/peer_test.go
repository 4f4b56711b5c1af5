package e2e

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// peer is a log server that a test kills and starts again. It appends to one
// file: a record begins and ends with LF, so that one that was cut off by a
// kill does not take the next one with it, and its fields are PROCID,
// structured data and text.
type peer struct {
	kind    *peerKind
	command func() *exec.Cmd
	dir     string
	port    int
	certs   certificates
	file    string
	server  *server
}

// peerKind is one program with one kind of input.
type peerKind struct {
	name    string
	scheme  string // of the relay's server
	program string
	config  func(p *peer) string
}

// None of these loses by itself what it has taken. rsyslog: a Direct queue has
// each message written by the thread that has read it, and omfile writes at the
// end of each transaction, without a buffer of its own; an answer of imrelp comes
// after that. syslog-ng: flow control stops reading when the file is slow. What
// remains is what they have read from their socket and not yet written when they
// are killed, and what their kernel has acknowledged and they have not read: it is
// what a relay rewinds for. Under RELP neither is answered.
var peerKinds = []*peerKind{
	{"rsyslog imtcp", "tcp", "rsyslogd", func(p *peer) string {
		return p.rsyslog("", `module(load="imtcp") input(type="imtcp" address="127.0.0.1" port="%d")`)
	}},
	{"rsyslog imtcp gtls", "tls", "rsyslogd", func(p *peer) string { return p.rsyslogTLS("gtls") }},
	{"rsyslog imtcp ossl", "tls", "rsyslogd", func(p *peer) string { return p.rsyslogTLS("ossl") }},
	{"rsyslog imrelp", "relp", "rsyslogd", func(p *peer) string {
		return p.rsyslog("", `module(load="imrelp") input(type="imrelp" address="127.0.0.1" port="%d" maxDataSize="64k")`)
	}},
	{"rsyslog imrelp tls", "relp+tls", "rsyslogd", func(p *peer) string {
		return p.rsyslog("", `module(load="imrelp") input(type="imrelp" address="127.0.0.1" port="%d" maxDataSize="64k" tls="on"
			tls.authMode="certvalid" tls.caCert="`+p.certs.ca+`" tls.myCert="`+p.certs.serverCert+`" tls.myPrivKey="`+p.certs.serverKey+`")`)
	}},
	{"rsyslog imudp", "udp", "rsyslogd", func(p *peer) string {
		return p.rsyslog("", `module(load="imudp") input(type="imudp" address="127.0.0.1" port="%d" rcvbufSize="16m")`)
	}},
	{"syslog-ng tcp", "tcp", "syslog-ng", func(p *peer) string { return p.syslogNG(`transport("tcp")`) }},
	{"syslog-ng tls", "tls", "syslog-ng", func(p *peer) string {
		return p.syslogNG(fmt.Sprintf(`transport("tls") tls(ca-file(%q) cert-file(%q) key-file(%q) peer-verify(required-trusted))`,
			p.certs.ca, p.certs.serverCert, p.certs.serverKey))
	}},
}

// rsyslog is its configuration, with an input that lacks its port.
func (p *peer) rsyslog(global, input string) string {
	return fmt.Sprintf(`global(workDirectory=%q maxMessageSize="64k" net.enableDNS="off" parser.escapeControlCharactersOnReceive="off" %s)
main_queue(queue.type="Direct")
template(name="record" type="list") {
  constant(value="\n") property(name="procid") constant(value=" ") property(name="structured-data")
  constant(value=" ") property(name="msg") constant(value="\n")
}
%s
action(type="omfile" file=%q template="record" asyncWriting="off" flushOnTXEnd="on")
`, p.dir, global, fmt.Sprintf(input, p.port), p.file)
}

// rsyslogTLS wants a client's certificate.
func (p *peer) rsyslogTLS(driver string) string {
	return p.rsyslog(
		fmt.Sprintf(`defaultNetstreamDriver=%q defaultNetstreamDriverCAFile=%q defaultNetstreamDriverCertFile=%q defaultNetstreamDriverKeyFile=%q`,
			driver, p.certs.ca, p.certs.serverCert, p.certs.serverKey),
		`module(load="imtcp" streamDriver.name="`+driver+`" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
input(type="imtcp" address="127.0.0.1" port="%d")`)
}

func (p *peer) syslogNG(transport string) string {
	return fmt.Sprintf(`@version: 3.38
options { stats-freq(0); flush-lines(1); keep-hostname(yes); use-dns(no); log-msg-size(65536); };
source s { syslog(ip("127.0.0.1") port(%d) %s); };
destination d { file(%q template("\n$PID [meta sequenceId=\"${.SDATA.meta.sequenceId}\"] $MSG\n")); };
log { source(s); destination(d); flags(flow-control); };
`, p.port, transport, p.file)
}

// newPeer starts a peer of a kind.
func newPeer(t *testing.T, kind *peerKind) *peer {
	t.Helper()
	dir := testbed.OpenDir(t)
	p := &peer{kind: kind, dir: dir, port: freePort(t), file: filepath.Join(dir, "messages"), certs: makeCertificates(t, dir)}
	conf := filepath.Join(dir, "conf")
	if kind.program == "syslog-ng" {
		p.command = syslogNGCommand(t, dir, conf)
	} else {
		program := testbed.Need(t, kind.program)
		p.command = func() *exec.Cmd {
			return exec.Command(program, "-n", "-f", conf, "-i", filepath.Join(dir, "pid"))
		}
	}
	testbed.WriteFile(t, conf, kind.config(p))
	p.start(t)
	return p
}

// syslogNGCommand runs the unpacked package of install-peers.sh.
func syslogNGCommand(t *testing.T, dir, conf string) func() *exec.Cmd {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		testbed.Lacking(t, "syslog-ng: %v", err)
	}
	root := filepath.Join(cache, "httpd-syslog-tests", "syslog-ng", "usr")
	modules, _ := filepath.Glob(root + "/lib/syslog-ng/*/libsyslogformat.so") // the pattern is good
	if len(modules) == 0 {
		testbed.Lacking(t, "syslog-ng is not unpacked in %s (make peers)", root)
	}
	return func() *exec.Cmd {
		cmd := exec.Command(root+"/sbin/syslog-ng", "-F", "--no-caps", "-f", conf, "-R", filepath.Join(dir, "persist"),
			"-p", filepath.Join(dir, "pid"), "-c", filepath.Join(dir, "ctl"), "--module-path", filepath.Dir(modules[0]))
		cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Dir(filepath.Dir(modules[0])))
		return cmd
	}
}

func (p *peer) start(t *testing.T) {
	t.Helper()
	p.server = startServer(t, p.command(), filepath.Join(p.dir, fmt.Sprintf("console-%d", time.Now().UnixNano())))
}

// awaitListening waits until the peer takes connections.
func (p *peer) awaitListening(t *testing.T) {
	t.Helper()
	if p.kind.scheme == "udp" {
		return
	}
	testbed.Eventually(t, p.kind.name+" listens", func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.port))
		if err == nil {
			c.Close()
		}
		if p.server.hasEnded() {
			t.Fatalf("%s: %v\n%s", p.kind.name, p.server.err, tail(p.server.console))
		}
		return err == nil
	})
}

// kill ends the peer as nothing else does, and waits for it.
func (p *peer) kill(t *testing.T) {
	t.Helper()
	p.server.signal(t, syscall.SIGKILL)
	<-p.server.ended
}

// size is that of its file.
func (p *peer) size(t *testing.T) int64 {
	t.Helper()
	st, err := os.Stat(p.file)
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return st.Size()
}

// relay is the table of the relay to it.
func (p *peer) relay() (url, table string) {
	url = fmt.Sprintf("%s://127.0.0.1:%d", p.kind.scheme, p.port)
	if strings.HasSuffix(p.kind.scheme, "tls") {
		table = fmt.Sprintf("[relay.tls]\nca_file = %q\ncert_file = %q\nkey_file = %q\n", p.certs.ca, p.certs.clientCert, p.certs.clientKey)
	}
	return url, table
}

// record is one message in the peer's file.
type record struct{ procID, data, text string }

// records are those of our own lines, which have " line " before their number.
func (p *peer) records(t *testing.T) (all []record) {
	t.Helper()
	b, err := os.ReadFile(p.file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for l := range bytes.SplitSeq(b, []byte{'\n'}) {
		procID, rest, ok := strings.Cut(string(l), " ")
		end := strings.Index(rest, "] ")
		if ok && end > 0 && strings.HasPrefix(rest[end+2:], "line ") && strings.HasSuffix(rest, lineEnd) {
			all = append(all, record{procID, rest[:end+1], rest[end+2:]})
		}
	}
	return all
}
