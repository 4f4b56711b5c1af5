package jetstream

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// saying is a connection to somebody who says a text, and then nothing, or ends the connection.
func saying(t *testing.T, text string, ends bool) *net.TCPConn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); server.Close() })
	go func() {
		_, _ = io.WriteString(server, text) // the test may have ended
		if ends {
			server.Close()
		}
	}()
	return conn.(*net.TCPConn)
}

// TestFirstWords: a server begins with one line, of which nothing more is read; what begins otherwise, or does not end,
// is no server of NATS, and what ends or says nothing is told of as that.
func TestFirstWords(t *testing.T) {
	t.Parallel()
	long := "INFO " + strings.Repeat("x", maxInfo-len("INFO \n"))
	for _, tt := range []struct {
		name, text string
		ends       bool
		wait       time.Duration // 0: as long as it takes
		want       string        // of the error; empty: there is none
	}{
		{"a line", "INFO {}\r\n", false, 0, ""}, {"in small letters", "info {}\n", false, 0, ""}, {"as long as it may be", long + "\n", false, 0, ""},
		{"longer", long + "x\n", false, 0, "does not speak NATS on this port"}, {"another protocol", "SSH-2.0\r\n", false, 0, `begins with "S"`},
		{"another word", "INFORMATION\n", false, 0, `begins with "INFOR"`}, {"no word", "\n", false, 0, `begins with "\n"`},
		{"the end", "", true, 0, "has ended the connection without a word"}, {"half a line, and the end", "INFO {", true, 0, "has ended the connection without a word"},
		{"nothing", "", false, 50 * time.Millisecond, "has said nothing within connect_timeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			if tt.wait > 0 {
				timed, cancel := context.WithTimeout(ctx, tt.wait)
				defer cancel()
				ctx = timed
			}
			conn := saying(t, tt.text+strings.Repeat("PING\r\n", min(1, strings.Count(tt.text, "\n"))), tt.ends)
			line, err := readInfo(ctx, conn)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) || err == nil && string(line) != tt.text {
				t.Fatalf("%.40q, %v; want %q", line, err, tt.want)
			}
			if err != nil {
				return
			}
			w := &wire{Conn: conn, line: line}
			_ = conn.SetReadDeadline(time.Now().Add(testbed.Patience)) // an error would show below
			all := make([]byte, len(tt.text)+len("PING\r\n"))
			for done := 0; done < len(all); {
				n, err := w.Read(all[done:min(len(all), done+5)])
				if err != nil {
					t.Fatal(err)
				}
				done += n
			}
			if string(all) != tt.text+"PING\r\n" {
				t.Errorf("%.40q is read again", all)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := readInfo(ctx, saying(t, "", false)); !errors.Is(err, context.Canceled) {
		t.Errorf("at the end: %v", err)
	}
}

// TestSubjectsOfAStream: a stream takes what any of its patterns has, and those that are told are few.
func TestSubjectsOfAStream(t *testing.T) {
	t.Parallel()
	var i streamInfo
	if i.covers("a.b") || i.subjects() != "" {
		t.Error("a stream without subjects takes one")
	}
	i.Config.Subjects = []string{"x.>", "a.*"}
	if !i.covers("a.b") || !i.covers("x.y.z") || i.covers("a") || i.subjects() != "x.>, a.*" {
		t.Errorf("%s", i.subjects())
	}
	i.Config.Subjects = strings.Split(strings.Repeat("a ", 20)+"b", " ")
	if got := i.subjects(); got != strings.Repeat("a, ", 20)+"…" {
		t.Errorf("%s", got)
	}
}
