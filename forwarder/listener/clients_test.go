package listener

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
)

// received is when the messages of benchmarks arrive.
var received = time.Now()

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
}

// awaitOne waits for a message more, and holds it against what its sender was told.
func (s *served) awaitOne(n int, f syslogfmt.Facility, v syslogfmt.Severity, tag, procID, text string) Message {
	s.t.Helper()
	m := s.await(n)[n-1]
	if m.Facility != f || m.Severity != v || string(m.Tag) != tag || procID != "" && string(m.ProcID) != procID ||
		string(m.Text) != text || m.Lost != 0 || m.Time.IsZero() || time.Since(m.Time).Abs() > time.Minute {
		s.t.Errorf("%v.%v %v %q[%q] %q, %d lost", m.Facility, m.Severity, m.Time, m.Tag, m.ProcID, m.Text, m.Lost)
	}
	return m
}

// TestLogger: util-linux's logger, in every format, over every socket.
func TestLogger(t *testing.T) {
	logger := testbed.Need(t, "logger")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, scheme := range inTheClear {
		t.Run(scheme, func(t *testing.T) {
			s := serve(t, Options{Address: address(t, scheme), Host: host})
			to := []string{"-u", s.Addr().String()}
			if !s.Address().IsUnix() {
				name, port, _ := net.SplitHostPort(s.Addr().String())
				to = []string{"--" + scheme, "-n", name, "-P", port}
			}
			formats := [][]string{{"--rfc3164"}, {"--rfc5424"}, {"--rfc5424=notime"}, {"--rfc5424", "--sd-id", "x@1", "--sd-param", `a="b"`}}
			if s.Address().IsUnix() {
				formats = append(formats, nil) // as libc does
			}
			if scheme == "tcp" {
				formats = append(formats, []string{"--rfc3164", "--octet-count"}, []string{"--rfc5424", "--octet-count"})
			}
			for i, format := range formats {
				args := append(append(to, format...), "-p", "local2.err", "-t", "httpd", "--id=4711", "a text: [b] ")
				run(t, logger, args...)
				if strings.Contains(fmt.Sprint(format), "notime") {
					if m := s.await(i + 1)[i]; !m.Time.IsZero() || string(m.Text) != "a text: [b] " {
						t.Errorf("%v: %+v", format, m)
					}
					continue
				}
				m := s.awaitOne(i+1, syslogfmt.Local2, syslogfmt.Err, "httpd", "4711", "a text: [b] ")
				data := ""
				if strings.Contains(fmt.Sprint(format), "sd-id") {
					data = `[x@1 a="b"]`
				}
				short, _, _ := strings.Cut(host, ".")
				if got := string(m.Host); s.Address().IsUnix() && got != "" || !s.Address().IsUnix() && got != host && got != short {
					t.Errorf("%v: host %q", format, got)
				}
				if !strings.HasSuffix(string(m.Data), data) || data == "" && strings.Contains(string(m.Data), "x@1") {
					t.Errorf("%v: structured data %q", format, m.Data)
				}
			}
			if st := s.Stats(); st.Malformed != 0 || len(st.Refused) != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// TestPerl: Perl's Sys::Syslog, as the recipe of 2010 uses it.
func TestPerl(t *testing.T) {
	perl := testbed.Need(t, "perl")
	if exec.Command(perl, "-MSys::Syslog", "-e1").Run() != nil {
		testbed.Lacking(t, "perl's Sys::Syslog is not installed")
	}
	for _, scheme := range []string{"unixgram", "unix"} {
		s := serve(t, Options{Address: address(t, scheme)})
		run(t, perl, "-e", `use strict; use warnings; use Sys::Syslog qw(:DEFAULT setlogsock);
			setlogsock('unix', shift); openlog('httpd', 'cons,pid', 'local1');
			syslog('notice', '%s', "www.example.com - line $_") for 1..1000; closelog();`, s.Address().Path)
		all := s.await(1000)
		for i := range all {
			if text := string(all[i].Text); text != fmt.Sprintf("www.example.com - line %d", i+1) {
				t.Fatalf("%s: line %d is %q", scheme, i+1, all[i].Text)
			}
		}
		if m := all[0]; m.Facility != syslogfmt.Local1 || m.Severity != syslogfmt.Notice || string(m.Tag) != "httpd" || len(m.ProcID) == 0 || m.Time.IsZero() {
			t.Errorf("%+v", m)
		}
	}
}

// TestPerlOverTCP: there Sys::Syslog ends each message with LF and NUL.
func TestPerlOverTCP(t *testing.T) {
	perl := testbed.Need(t, "perl")
	if exec.Command(perl, "-MSys::Syslog", "-e1").Run() != nil {
		testbed.Lacking(t, "perl's Sys::Syslog is not installed")
	}
	s := serve(t, Options{Address: address(t, "tcp")})
	host, port, _ := net.SplitHostPort(s.Addr().String())
	run(t, perl, "-e", `use strict; use warnings; use Sys::Syslog qw(:DEFAULT setlogsock);
		setlogsock({ type => 'tcp', host => shift, port => shift }); openlog('httpd', 'pid', 'local1');
		syslog('notice', '%s', "line $_") for 1..100; closelog();`, host, port)
	for i, m := range s.await(100) {
		if string(m.Text) != fmt.Sprintf("line %d", i+1) || string(m.Tag) != "httpd" || m.Facility != syslogfmt.Local1 {
			t.Fatalf("line %d: %+v, %q", i, m, m.Text)
		}
	}
	if st := s.Stats(); st.Messages != 100 || len(st.Refused) != 0 {
		t.Errorf("%+v", st)
	}
}

// TestPython: SysLogHandler ends each message with NUL, and writes the lines of a traceback as they are.
func TestPython(t *testing.T) {
	python := testbed.Need(t, "python3")
	for _, scheme := range []string{"tcp", "unix", "udp", "unixgram"} {
		t.Run(scheme, func(t *testing.T) {
			s := serve(t, Options{Address: address(t, scheme)})
			where := []string{s.Addr().String(), ""}
			if !s.Address().IsUnix() {
				host, port, _ := net.SplitHostPort(s.Addr().String())
				where = []string{host, port}
			}
			const script = `
import logging, logging.handlers, socket, sys, time
where = (sys.argv[1], int(sys.argv[2])) if sys.argv[2] else sys.argv[1]
kind = socket.SOCK_STREAM if sys.argv[3] in ("tcp", "unix") else socket.SOCK_DGRAM
h = logging.handlers.SysLogHandler(address=where, facility="local1", socktype=kind); h.ident = "app: "
log = logging.getLogger("x"); log.propagate = False; log.setLevel(logging.INFO); log.addHandler(h)
for i in range(5): log.error("message %d", i)
try: 1 / 0
except ZeroDivisionError: log.exception("broken")
log.info("last")
print("sent", flush=True)
sys.stdin.read()
`
			cmd := exec.Command(python, "-c", script, where[0], where[1], scheme)
			in, err1 := cmd.StdinPipe()
			out, err2 := cmd.StdoutPipe()
			cmd.Stderr = os.Stderr
			if err := errors.Join(err1, err2, cmd.Start()); err != nil {
				t.Fatal(err)
			}
			defer func() {
				in.Close()
				if err := cmd.Wait(); err != nil {
					t.Error(err)
				}
			}()
			if _, err := out.Read(make([]byte, len("sent\n"))); err != nil {
				t.Fatal(err)
			}
			testbed.Eventually(t, "the last message, while its sender stays", func() bool {
				texts := s.texts()
				return len(texts) > 0 && texts[len(texts)-1] == "last"
			})
			all := s.messages()
			for i, m := range all {
				if m.Facility != syslogfmt.Local1 || string(m.Tag) != "app" || m.Severity != syslogfmt.Err && i < len(all)-1 {
					t.Errorf("%+v, %q", m, m.Text)
				}
			}
			trace := strings.Join(s.texts()[5:len(all)-1], "\n")
			if !strings.HasPrefix(trace, "broken\nTraceback (most recent call last):\n  File ") || !strings.HasSuffix(trace, "\nZeroDivisionError: division by zero") {
				t.Errorf("%q", trace)
			}
			if st := s.Stats(); len(st.Refused) != 0 || st.Cut != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// withDevLog runs a program that sees path as /dev/log.
func withDevLog(t *testing.T, path string, program ...string) {
	t.Helper()
	unshare, mount := testbed.Need(t, "unshare"), testbed.Need(t, "mount")
	if os.Getuid() != 0 {
		testbed.Lacking(t, "a mount namespace needs root")
	}
	const script = `set -e; log=$1; mount=$2; shift 2
		"$mount" -t tmpfs tmpfs /dev; mknod -m 666 /dev/null c 1 3; ln -s "$log" /dev/log
		exec "$@"`
	run(t, unshare, append([]string{"-m", "--propagation", "private", "sh", "-c", script, "sh", path, mount}, program...)...)
}

// TestLibc: syslog(3) itself, which Perl calls, through /dev/log of either kind.
func TestLibc(t *testing.T) {
	perl := testbed.Need(t, "perl")
	if exec.Command(perl, "-MSys::Syslog", "-e1").Run() != nil {
		testbed.Lacking(t, "perl's Sys::Syslog is not installed")
	}
	for _, scheme := range []string{"unixgram", "unix"} {
		s := serve(t, Options{Address: address(t, scheme)})
		withDevLog(t, s.Address().Path, perl, "-e", `use strict; use warnings; use Sys::Syslog qw(:DEFAULT setlogsock);
			setlogsock('native'); openlog('httpd', 'pid', 'local2');
			syslog('crit', '%s', "[core:crit] number $_") for 1..1000; syslog('debug', '%s', 'x' x 8000); closelog();`)
		all := s.await(1001)
		for i, m := range all[:1000] {
			if string(m.Text) != fmt.Sprintf("[core:crit] number %d", i+1) {
				t.Fatalf("%s: %d is %q", scheme, i+1, m.Text)
			}
		}
		if last := all[1000]; string(last.Text) != strings.Repeat("x", 8000) || last.Severity != syslogfmt.Debug {
			t.Errorf("%s: %d bytes, %v", scheme, len(last.Text), last.Severity)
		}
		if m := all[0]; m.Facility != syslogfmt.Local2 || m.Severity != syslogfmt.Crit || string(m.Tag) != "httpd" || len(m.ProcID) == 0 ||
			len(m.Host) != 0 || time.Since(m.Time).Abs() > time.Minute {
			t.Errorf("%+v", m)
		}
		if st := s.Stats(); st.Malformed != 0 {
			t.Errorf("%+v", st)
		}
	}
}
