package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// senderKind is a log server that sends on what comes in over TCP, to a listener of ours.
type senderKind struct {
	name   string
	scheme string // of the listener
	config func(s *sender) string
}

// sender is one that runs.
type sender struct {
	dir     string
	in, out int // ports: of its input, and of our listener
	certs   certificates
}

var senderKinds = []senderKind{
	{"rsyslog omfwd", "tcp", func(s *sender) string { return s.rsyslog("", s.omfwd("")) }},
	{"rsyslog omfwd gtls", "tls", func(s *sender) string { return s.rsyslogTLS("gtls") }},
	{"rsyslog omfwd ossl", "tls", func(s *sender) string { return s.rsyslogTLS("ossl") }},
	{"rsyslog omrelp", "relp", func(s *sender) string { return s.rsyslog(`module(load="omrelp")`, s.omrelp("")) }},
	{"rsyslog omrelp tls", "relp+tls", func(s *sender) string {
		return s.rsyslog(`module(load="omrelp")`, s.omrelp(fmt.Sprintf(`tls="on" tls.authMode="name" tls.permittedPeer=["localhost"] tls.caCert=%q tls.myCert=%q tls.myPrivKey=%q`,
			s.certs.ca, s.certs.clientCert, s.certs.clientKey)))
	}},
	{"syslog-ng tcp", "tcp", func(s *sender) string { return s.syslogNG(`transport("tcp")`) }},
	{"syslog-ng tls", "tls", func(s *sender) string {
		return s.syslogNG(fmt.Sprintf(`transport("tls") tls(ca-file(%q) cert-file(%q) key-file(%q) peer-verify(required-trusted))`, s.certs.ca, s.certs.clientCert, s.certs.clientKey))
	}},
}

// rsyslog has no queues: its input waits for its output, and its output for us.
func (s *sender) rsyslog(global, action string) string {
	return fmt.Sprintf(`global(workDirectory=%q maxMessageSize="64k" net.enableDNS="off" parser.escapeControlCharactersOnReceive="off")
%s
main_queue(queue.type="Direct")
module(load="imtcp") input(type="imtcp" address="127.0.0.1" port="%d")
%s
`, s.dir, global, s.in, action)
}

func (s *sender) omfwd(more string) string {
	return fmt.Sprintf(`action(type="omfwd" target="127.0.0.1" port="%d" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"
  action.resumeRetryCount="-1" action.resumeInterval="1" %s)`, s.out, more)
}

func (s *sender) omrelp(more string) string {
	return fmt.Sprintf(`action(type="omrelp" target="127.0.0.1" port="%d" template="RSYSLOG_SyslogProtocol23Format" windowSize="1000"
  action.resumeRetryCount="-1" action.resumeInterval="1" %s)`, s.out, more)
}

func (s *sender) rsyslogTLS(driver string) string {
	return s.rsyslog(
		fmt.Sprintf(`global(defaultNetstreamDriver=%q defaultNetstreamDriverCAFile=%q defaultNetstreamDriverCertFile=%q defaultNetstreamDriverKeyFile=%q)`,
			driver, s.certs.ca, s.certs.clientCert, s.certs.clientKey),
		s.omfwd(`StreamDriver="`+driver+`" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"`))
}

func (s *sender) syslogNG(transport string) string {
	return fmt.Sprintf(`@version: 3.38
options { stats-freq(0); keep-hostname(yes); use-dns(no); log-msg-size(65536); frac-digits(6); time-reopen(1); };
source s { syslog(ip("127.0.0.1") port(%d) transport("tcp")); };
destination d { syslog("127.0.0.1" port(%d) %s); };
log { source(s); destination(d); flags(flow-control); };
`, s.in, s.out, transport)
}

// startSender starts one.
func startSender(t *testing.T, kind senderKind, s *sender) {
	t.Helper()
	conf := filepath.Join(s.dir, "sender.conf")
	testbed.WriteFile(t, conf, kind.config(s))
	var cmd *exec.Cmd
	if strings.HasPrefix(kind.name, "syslog-ng") {
		cmd = syslogNGCommand(t, s.dir, conf)()
	} else {
		cmd = exec.Command(testbed.Need(t, "rsyslogd"), "-n", "-f", conf, "-i", filepath.Join(s.dir, "pid"))
	}
	server := startServer(t, cmd, filepath.Join(s.dir, "sender-console"))
	testbed.Eventually(t, kind.name+" listens", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.in))
		if err == nil {
			conn.Close()
		}
		if server.hasEnded() {
			t.Fatalf("%s: %v\n%s", kind.name, server.err, tail(server.console))
		}
		return err == nil
	})
}

// startCentre starts a service of ours that listens, and returns how to start it again.
func startCentre(t *testing.T, kind senderKind, s *sender) (p *program, start func() *server) {
	t.Helper()
	p = newLocalProgram(t)
	listen := fmt.Sprintf("[http]\nlisten = \"\"\n[[listen]]\nurl = \"%s://127.0.0.1:%d\"\n", kind.scheme, s.out)
	if strings.HasSuffix(kind.scheme, "tls") {
		listen += fmt.Sprintf("[listen.tls]\ncert_file = %q\nkey_file = %q\nclient_ca_file = %q\nclients = [\"localhost\"]\n", s.certs.serverCert, s.certs.serverKey, s.certs.ca)
	}
	testbed.WriteFile(t, p.config, testbed.ReadFile(t, p.config)+listen)
	return p, func() *server {
		service := startServer(t, exec.Command(p.binary, "serve", "--config", p.config), filepath.Join(s.dir, fmt.Sprintf("service-%d", time.Now().UnixNano())))
		testbed.Eventually(t, "the service listens", func() bool {
			conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.out))
			if err == nil {
				conn.Close()
			}
			if service.hasEnded() {
				t.Fatalf("service: %v\n%s", service.err, tail(service.console))
			}
			return err == nil
		})
		return service
	}
}

// TestLogServersAsSenders: rsyslog and syslog-ng send to our listeners over all that both have; each line is
// there once, whole and in order. Under RELP our service is killed with -9 three times: no line is missing.
func TestLogServersAsSenders(t *testing.T) {
	for _, kind := range senderKinds {
		t.Run(kind.name, func(t *testing.T) {
			n, relp := 4000, strings.HasPrefix(kind.scheme, "relp")
			if relp {
				n = 100_000 // some are on their way at each kill
			}
			dir := testbed.OpenDir(t)
			s := &sender{dir: dir, in: freePort(t), out: freePort(t), certs: makeCertificates(t, dir)}
			p, start := startCentre(t, kind, s)
			service := start()
			startSender(t, kind, s)
			conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.in))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			text := func(i int) string { return fmt.Sprintf("[core:error] line %06d \\x41 \u00e9", i) }
			sent := make(chan error, 1)
			go func() {
				for i := range n {
					m := fmt.Sprintf("<147>1 2026-11-25T10:00:00.000000Z web1 httpd 7 error - %s", text(i))
					if _, err := fmt.Fprintf(conn, "%d %s", len(m), m); err != nil {
						sent <- err
						return
					}
				}
				sent <- nil
			}()
			has := func(i int) bool { return strings.Contains(testbed.ReadFile(t, p.file("error_log")), text(i)+"\n") }
			for i := 1; relp && i <= 3; i++ {
				testbed.Eventually(t, "lines", func() bool { return testbed.Exists(p.file("error_log")) && has(i*n/10) })
				service.signal(t, syscall.SIGKILL)
				<-service.ended
				service = start()
			}
			testbed.Eventually(t, "the last line", func() bool { return testbed.Exists(p.file("error_log")) && has(n-1) })
			if err := <-sent; err != nil {
				t.Error(err)
			}
			service.end(t, syscall.SIGTERM)
			times := make([]int, n)
			repeats, before := 0, -1
			for _, line := range strings.Split(strings.TrimSuffix(testbed.ReadFile(t, p.file("error_log")), "\n"), "\n") {
				_, tail, _ := strings.Cut(line, " line ")
				var i int
				if _, err := fmt.Sscanf(tail, "%d", &i); err != nil || !strings.HasSuffix(line, text(i)) {
					t.Fatalf("%q", line)
				}
				if i <= before && !relp {
					t.Fatalf("line %d comes behind line %d", i, before)
				}
				before = i
				if times[i]++; times[i] > 1 {
					repeats++
				}
			}
			for i, got := range times {
				if got == 0 || got > 1 && !relp {
					t.Fatalf("line %d is there %d times", i, got)
				}
			}
			t.Logf("%d lines, none missing, %d came again", n, repeats)
		})
	}
}
