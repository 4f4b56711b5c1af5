package jetstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"httpd-syslog/forwarder/transport"
)

// wire is a connection to a server that has said its INFO, over TLS where that is wanted. nats.go reads the INFO
// from it once more, and takes it for the first that there is. So TLS is that of the other transports, with their
// words for what is wrong.
type wire struct {
	net.Conn
	tcp  *net.TCPConn
	info info
	line []byte // of the INFO that nats.go has not read
}

// info is what a server says of itself, as far as it is looked at.
type info struct {
	Version      string `json:"version"`
	Headers      bool   `json:"headers"`
	MaxPayload   int    `json:"max_payload"`
	TLSRequired  bool   `json:"tls_required"`
	TLSAvailable bool   `json:"tls_available"`
}

// reach connects to a server, within ctx.
func reach(ctx context.Context, s transport.Server, o *transport.Options) (*wire, error) {
	tcp, err := transport.ConnectTCP(ctx, s, o.Timing)
	if err != nil {
		return nil, err
	}
	w := &wire{Conn: tcp, tcp: tcp}
	if err := w.begin(ctx, s, o); err != nil {
		tcp.Close()
		return nil, transport.At(tcp.RemoteAddr(), err)
	}
	return w, nil
}

func (w *wire) begin(ctx context.Context, s transport.Server, o *transport.Options) (err error) {
	if w.line, err = readInfo(ctx, w.tcp); err != nil {
		return err
	}
	if err := json.Unmarshal(w.line[len(infoVerb):], &w.info); err != nil {
		return fmt.Errorf("the server's INFO cannot be read: %w", err)
	}
	overTLS := s.Scheme == "nats+tls"
	switch {
	case !overTLS && w.info.TLSRequired:
		return errors.New("the server wants TLS: its address should begin with nats+tls://")
	case !overTLS:
		return nil
	case !w.info.TLSRequired && !w.info.TLSAvailable:
		return errors.New("the server offers no TLS: give its nats-server.conf a tls block, or let its address begin with nats://")
	}
	client, err := o.TLS.Client(s.Host)
	if err != nil {
		return err
	}
	w.Conn, err = transport.SecureTCP(ctx, w.tcp, client)
	return err
}

const (
	infoVerb = "INFO "
	maxInfo  = 256 << 10 // a large cluster has many addresses
)

// readInfo reads the line that a server begins with, and not a byte more.
func readInfo(ctx context.Context, tcp *net.TCPConn) (line []byte, err error) {
	stop := context.AfterFunc(ctx, func() { _ = tcp.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	b := make([]byte, 1)
	for len(line) == 0 || line[len(line)-1] != '\n' {
		if _, err := tcp.Read(b); err != nil {
			return nil, explainInfo(ctx, line, err)
		}
		line = append(line, b[0])
		if begin := min(len(line), len(infoVerb)); !strings.EqualFold(string(line[:begin]), infoVerb[:begin]) || len(line) > maxInfo {
			return nil, notNATS(line)
		}
	}
	return line, nil
}

func notNATS(line []byte) error {
	return fmt.Errorf("the server does not speak NATS on this port: what it says begins with %q", line[:min(len(line), 8)])
}

func explainInfo(ctx context.Context, line []byte, err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded) && len(line) == 0:
		return errors.New(`the server has taken the connection, and has said nothing within connect_timeout: it does not speak NATS on this port, or is stuck, or its tls block has handshake_first (which is not spoken here: set it to "auto", or remove it)`)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errors.New("the server has begun to speak, and has not ended its INFO within connect_timeout: packets get lost on the way")
	case err == io.EOF:
		return errors.New("the server has ended the connection without a word: its log may say why")
	}
	return transport.Reason(err)
}

// Read gives nats.go the INFO first.
func (w *wire) Read(b []byte) (int, error) {
	if len(w.line) > 0 {
		n := copy(b, w.line)
		if w.line = w.line[n:]; bytes.HasSuffix(b[:n], []byte("\n")) {
			w.line = nil
		}
		return n, nil
	}
	return w.Conn.Read(b)
}

// SkipTLSHandshake tells nats.go that there is nothing left to do about TLS.
func (w *wire) SkipTLSHandshake() bool { return true }

// Dial is how nats.go gets the connection.
func (w *wire) Dial(string, string) (net.Conn, error) { return w, nil }
