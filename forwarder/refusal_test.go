package forwarder

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/trust"
	"httpd-syslog/forwarder/trust/trusttest"
)

// strictServers are servers that do not take messages above 8 KiB, by transport, in the ways that
// they have of saying so.
func strictServers(t *testing.T) map[string]func(t *testing.T, take func([]byte)) (Server, trust.Options) {
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
	address := func(scheme string, l net.Listener) Server {
		host, port, _ := net.SplitHostPort(l.Addr().String())
		return Server{Scheme: scheme, Host: host, Port: port}
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
	return map[string]func(t *testing.T, take func([]byte)) (Server, trust.Options){
		"tcp": func(t *testing.T, take func([]byte)) (Server, trust.Options) {
			l := tcp(t)
			listen(t, l, frames(take))
			return address("tcp", l), trust.Options{}
		},
		"tls": func(t *testing.T, take func([]byte)) (Server, trust.Options) {
			a := trusttest.Shared(t)
			l := tls.NewListener(tcp(t), a.Server(t))
			listen(t, l, frames(take))
			return address("tls", l), trust.Options{CAFile: a.File(t)}
		},
		"unix stream": func(t *testing.T, take func([]byte)) (Server, trust.Options) {
			path := filepath.Join(t.TempDir(), "log")
			l, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			listen(t, l, frames(take))
			return Server{Scheme: "unix", Path: path}, trust.Options{}
		},
		"relp, 500": func(t *testing.T, take func([]byte)) (Server, trust.Options) {
			l := tcp(t)
			listen(t, l, func(c net.Conn) {
				_ = relp.Serve(c, relp.ServerOptions{}, func(m []byte) error {
					if len(m) > 8192 {
						return errors.New("too long for me")
					}
					take(m)
					return nil
				})
			})
			return address("relp", l), trust.Options{}
		},
		"relp, closed": func(t *testing.T, take func([]byte)) (Server, trust.Options) {
			l := tcp(t)
			listen(t, l, func(c net.Conn) {
				defer c.Close()
				_ = relp.Serve(c, relp.ServerOptions{}, func(m []byte) error {
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
			s := newSite(t, RelayOptions{
				Name: "central", Servers: []Server{server}, TLS: options, Format: syslogfmt.RFC5424, Framing: syslogfmt.OctetCounting,
				MaxMessage: 64 << 10, Rewind: 10 * time.Minute, RewindBytes: 16 << 20, ConnectTimeout: 10 * time.Second,
			})
			w := s.writer("access")
			w.writeTexts(textsWith(500, map[int]string{200: long(20000)})...)
			stop := s.deliver()
			has := func(text string) bool {
				mu.Lock()
				defer mu.Unlock()
				return got[text] > 0
			}
			eventually(t, "the last line is there", func() bool { return has("line 499.") })
			w.writeTexts("behind")
			st := s.awaitStatus("all is delivered, and told of", func(st Status) bool {
				r := st.Relays[0]
				return has("behind") && r.State == RelayUp && r.Refused == 1 && r.Backlog.Lines == 0
			})
			if r := st.Relays[0]; r.Aside != 0 || r.AsideFile != "" {
				t.Errorf("%+v", r)
			}
			eventually(t, "an event tells", func() bool {
				return strings.Contains(s.local("audit_log"), "sequenceId 201, ") && strings.Contains(s.local("audit_log"), "it is cut to 8192 bytes")
			})
			w.close()
			if err := stop(); err != nil {
				t.Error(err)
			}
			for i := range 500 {
				if text := fmt.Sprintf("line %d.", i); i != 200 && !has(text) {
					t.Fatalf("%q is missing", text)
				}
			}
			if !has(long(20000)[:12]) {
				t.Error("the long message is missing")
			}
			if !strings.Contains(s.local("access_log"), long(20000)) {
				t.Error("the local log does not have all of it")
			}
		})
	}
}

// TestEndBehindTheLastLine: a deliverer whose server takes the last line and ends in good order,
// for good, comes to its end by itself, and what was taken counts as delivered.
func TestEndBehindTheLastLine(t *testing.T) {
	for _, scheme := range []string{"tcp", "relp"} {
		t.Run(scheme, func(t *testing.T) {
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
					_ = relp.Serve(c, relp.ServerOptions{}, func(m []byte) error {
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
			s := newSite(t, RelayOptions{
				Name: "central", Servers: []Server{{Scheme: scheme, Host: host, Port: port}}, Streams: []string{"access"},
				Format: syslogfmt.RFC5424, Framing: syslogfmt.OctetCounting, MaxMessage: 64 << 10, Rewind: 10 * time.Minute, RewindBytes: 16 << 20, ConnectTimeout: time.Second,
			})
			w := s.writer("access")
			w.writeTexts(textsWith(n, nil)...)
			w.close()
			ended := make(chan error, 1)
			go func() { ended <- RunDeliverer(t.Context(), s.o) }()
			eventually(t, "the deliverer has ended", func() bool { return len(ended) > 0 })
			if err := <-ended; err != nil {
				t.Error(err)
			}
			<-served
			waiting, err := statedir.NewWaiting(s.o.StateDir, []spool.WriterID{w.w.ID()}).Count()
			if err != nil || waiting["relay central"] != 0 {
				t.Errorf("waiting: %v, %v", waiting, err)
			}
		})
	}
}

// TestSetAside: the file holds each message once, in a form that a terminal can show and of which
// every byte can be had again; it is bounded, and what cannot be written is not passed over.
func TestSetAside(t *testing.T) {
	path := statedir.AsidePath(t.TempDir(), "central")
	a := setAside{path}
	text := "<141>1 - web1 httpd - access - \x1b[2J\"quoted\\\" \xff\x00\u202e end"
	m := &refusedMessage{
		id: messageID{File: spool.FileID{Number: 7}, Offset: 40, Line: 3}, relay: "central", server: "tcp://logs:601",
		stream: "access", procID: "4711-1", seq: 17, text: []byte(text), err: errors.New("connection\nreset"),
	}
	now := time.Date(2026, 11, 26, 10, 0, 0, 123456000, time.UTC)
	for range 2 {
		if err := a.add(m, now); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`2026-11-26T10:00:00.123456Z relay=central server=tcp://logs:601 stream=access procid=4711-1 sequenceId=17 bytes=%d at=%s:40:3 `+
		`error="connection\nreset" message="<141>1 - web1 httpd - access - \x1b[2J\"quoted\\\" \xff\x00\u202e end"`+"\n", len(text), m.id.File)
	if string(b) != want {
		t.Errorf("%q\nwant\n%q", b, want)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm()&0o027 != 0 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}

	// Another message that claims to be the first, and a line that a power failure has torn.
	f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	fmt.Fprint(f, "torn")
	f.Close()
	other := *m
	other.id.Line, other.text = 4, fmt.Appendf(nil, "x at=%s:40:5 y", m.id.File)
	third := *m
	third.id.Line = 5
	for _, m := range []*refusedMessage{&other, &third} {
		if err := a.add(m, now); err != nil {
			t.Fatal(err)
		}
	}
	b, _ = os.ReadFile(path)
	if lines := strings.Split(string(b), "\n"); len(lines) != 5 || lines[1] != "torn" {
		t.Errorf("%q", lines)
	}

	// It does not grow for ever.
	if err := os.Truncate(path, asideMax); err != nil {
		t.Fatal(err)
	}
	m.id.Line = 6
	if err := a.add(m, now); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path + ".1"); err != nil || st.Size() != asideMax {
		t.Errorf("the file before: %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || strings.Count(string(b), "\n") != 1 {
		t.Errorf("%q, %v", b, err)
	}

	if err := (setAside{"/proc/refused/central"}).add(m, now); err == nil {
		t.Error("a message is set aside where nothing can be written")
	}
}
