package forwarder

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/relay"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/trust"
	"httpd-syslog/forwarder/trust/trusttest"
)

// strictServers are servers that do not take messages above 8 KiB, by transport, in the ways that
// they have of saying so.
func strictServers(t *testing.T) map[string]func(t *testing.T, take func([]byte)) (transport.Server, trust.Options) {
	listen := func(t *testing.T, l net.Listener, serve func(net.Conn)) {
		t.Helper()
		var serving sync.WaitGroup
		serving.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return // closed
				}
				serving.Go(func() { serve(c) })
			}
		})
		t.Cleanup(func() {
			l.Close()
			serving.Wait()
		})
	}
	tcp := func(t *testing.T) net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	address := func(scheme string, l net.Listener) transport.Server {
		host, port, _ := net.SplitHostPort(l.Addr().String())
		return transport.Server{Scheme: scheme, Host: host, Port: port}
	}
	frames := func(take func([]byte)) func(net.Conn) {
		return func(c net.Conn) {
			defer c.Close()
			d := syslogfmt.NewDeframer(c, 8192)
			for m, err := d.Next(); err == nil; m, err = d.Next() {
				take(m)
			}
		}
	}
	return map[string]func(t *testing.T, take func([]byte)) (transport.Server, trust.Options){
		"tcp": func(t *testing.T, take func([]byte)) (transport.Server, trust.Options) {
			l := tcp(t)
			listen(t, l, frames(take))
			return address("tcp", l), trust.Options{}
		},
		"tls": func(t *testing.T, take func([]byte)) (transport.Server, trust.Options) {
			a := trusttest.Shared(t)
			l := tls.NewListener(tcp(t), a.Server(t))
			listen(t, l, frames(take))
			return address("tls", l), trust.Options{CAFile: a.File(t)}
		},
		"unix stream": func(t *testing.T, take func([]byte)) (transport.Server, trust.Options) {
			path := filepath.Join(t.TempDir(), "log")
			l, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			listen(t, l, frames(take))
			return transport.Server{Scheme: "unix", Path: path}, trust.Options{}
		},
		"relp, 500": func(t *testing.T, take func([]byte)) (transport.Server, trust.Options) {
			l := tcp(t)
			listen(t, l, func(c net.Conn) {
				_ = testbed.ServeRELP(c, func(m []byte) error {
					if len(m) > 8192 {
						return errors.New("too long for me")
					}
					take(m)
					return nil
				})
			})
			return address("relp", l), trust.Options{}
		},
		"relp, closed": func(t *testing.T, take func([]byte)) (transport.Server, trust.Options) {
			l := tcp(t)
			listen(t, l, func(c net.Conn) {
				defer c.Close()
				_ = testbed.ServeRELP(c, func(m []byte) error {
					if len(m) > 8192 {
						io.WriteString(c, "0 serverclose 0\n")
						c.Close()
						return net.ErrClosed
					}
					take(m)
					return nil
				})
			})
			return address("relp", l), trust.Options{}
		},
	}
}

// TestMessageAboveAServersLimit: over each transport with connections, a server that hangs up on a
// message gets all others, and this one cut; status and an event tell of it.
func TestMessageAboveAServersLimit(t *testing.T) {
	t.Parallel()
	for name, serve := range strictServers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			got := make(map[string]int) // times, by the beginning of the text
			server, options := serve(t, func(m []byte) {
				_, text, _ := strings.Cut(string(m), "] ")
				mu.Lock()
				defer mu.Unlock()
				got[text[:min(len(text), 12)]]++
				if len(m) > 8192-len(syslogfmt.CutMarker) && !strings.HasSuffix(text, syslogfmt.CutMarker) {
					t.Errorf("%d bytes, and no mark", len(m))
				}
			})
			s := newSite(t, relay.Options{
				Name: "central", Servers: []transport.Server{server}, TLS: options, Format: syslogfmt.RFC5424, Framing: syslogfmt.OctetCounting,
				MaxMessage: 64 << 10, Rewind: 10 * time.Minute, RewindBytes: 16 << 20, ConnectTimeout: testbed.Patience, Timing: relayTiming,
			})
			w := s.writer("access")
			w.Texts(testbed.TextsWith(500, map[int]string{200: testbed.Long(20000)})...)
			stop := s.deliver()
			has := func(text string) bool {
				mu.Lock()
				defer mu.Unlock()
				return got[text] > 0
			}
			testbed.Eventually(t, "the last line is there", func() bool { return has("line 499.") })
			w.Texts("behind")
			st := s.awaitStatus("all is delivered, and told of", func(st status.Status) bool {
				r := st.Relays[0]
				return has("behind") && r.State == status.RelayUp && r.Refused == 1 && r.Backlog.Lines == 0
			})
			if r := st.Relays[0]; r.Aside != 0 || r.AsideFile != "" {
				t.Errorf("%+v", r)
			}
			testbed.Eventually(t, "an event tells", func() bool {
				return strings.Contains(s.local("audit_log"), "first=201 last=201}") && strings.Contains(s.local("audit_log"), "it is cut to 8192 bytes")
			})
			w.Close()
			if err := stop(); err != nil {
				t.Error(err)
			}
			testbed.WantTold(t, s.audit(), "relay.refused")
			if !strings.HasPrefix(name, "relp, 500") { // where the server says which it is, nothing is doubted
				testbed.WantTold(t, s.audit(), "relay.doubt")
			}
			for i := range 500 {
				if text := fmt.Sprintf("line %d.", i); i != 200 && !has(text) {
					t.Fatalf("%q is missing", text)
				}
			}
			if !has(testbed.Long(20000)[:12]) {
				t.Error("the long message is missing")
			}
			if !strings.Contains(s.local("access_log"), testbed.Long(20000)) {
				t.Error("the local log does not have all of it")
			}
		})
	}
}

// TestEndBehindTheLastLine: a deliverer whose server takes the last line and ends in good order,
// for good, comes to its end by itself, and what was taken counts as delivered.
func TestEndBehindTheLastLine(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"tcp", "relp"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			const n = 50
			host, port, _ := net.SplitHostPort(l.Addr().String())
			served := make(chan struct{})
			go func() {
				defer close(served)
				c, err := l.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				l.Close()
				count := 0
				take := func([]byte) error {
					if count++; count == n {
						return io.EOF
					}
					return nil
				}
				if scheme == "relp" {
					_ = testbed.ServeRELP(c, func(m []byte) error {
						if take(m) != nil {
							time.AfterFunc(50*time.Millisecond, func() { c.Close() }) // behind the answer
						}
						return nil
					})
					return
				}
				d := syslogfmt.NewDeframer(c, 1<<20)
				for m, err := d.Next(); err == nil && take(m) == nil; m, err = d.Next() {
				}
			}()
			s := newSite(t, relay.Options{
				Name: "central", Servers: []transport.Server{{Scheme: scheme, Host: host, Port: port}}, Streams: []string{"access"},
				Format: syslogfmt.RFC5424, Framing: syslogfmt.OctetCounting, MaxMessage: 64 << 10, Rewind: 10 * time.Minute, RewindBytes: 16 << 20, ConnectTimeout: time.Second, Timing: relayTiming,
			})
			w := s.writer("access")
			w.Texts(testbed.TextsWith(n, nil)...)
			w.Close()
			ended := make(chan error, 1)
			go func() { ended <- RunDeliverer(t.Context(), s.o) }()
			testbed.Eventually(t, "the deliverer has ended", func() bool { return len(ended) > 0 })
			if err := <-ended; err != nil {
				t.Error(err)
			}
			<-served
			waiting, err := statedir.NewWaiting(s.o.StateDir, []frame.WriterID{w.W.ID()}).Count()
			if err != nil || waiting["relay central"] != 0 {
				t.Errorf("waiting: %v, %v", waiting, err)
			}
		})
	}
}
