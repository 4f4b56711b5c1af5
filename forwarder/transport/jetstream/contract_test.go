package jetstream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/natsbed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/storetest"
)

const maxMessage = 64 << 10

// series is one that no other test has: what a process knows of one it knows by its ID.
func series() transport.Series { return storetest.Series(1<<20 + int(made.Add(1))) }

var made atomic.Int64

// options are those of a series in the stream of natsbed.
func options(series transport.Series) transport.Options {
	return transport.Options{
		ConnectTimeout: time.Minute,
		Store: transport.StoreOptions{
			Series: series, MaxMessage: maxMessage, NATS: transport.NATSOptions{Stream: "HTTPD", Subject: "httpd"},
		},
	}
}

// server is an address as a transport takes it.
func server(scheme, address string) transport.Server {
	host, port, _ := net.SplitHostPort(address)
	return transport.Server{Scheme: scheme, Host: host, Port: port}
}

func to(t *testing.T, s transport.Server, o transport.Options) transport.Transport {
	t.Helper()
	tr, err := Kind.New(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// entries reads what a stream has of a series, from its leader, without anything that is tested here.
func entries(t *testing.T, js natsjs.JetStream, series transport.Series) (all []storetest.Entry) {
	t.Helper()
	subject := subjectOf("httpd", series)
	for next := uint64(1); ; {
		m := leadersEntry(t, js, fmt.Sprintf(`{"seq":%d,"next_by_subj":%q}`, next, subject))
		if m == nil {
			return all
		}
		header, err := nats.DecodeHeadersMsg(m.Header)
		if err != nil {
			t.Fatal(err)
		}
		e := storetest.Entry{Mark: []byte(header.Get("Httpd-Syslog-Mark"))}
		for rest := m.Data; len(rest) > 0; {
			digits := bytes.IndexByte(rest, ' ')
			length, _ := strconv.Atoi(string(rest[:digits]))
			e.Messages = append(e.Messages, rest[digits+1:digits+1+length])
			rest = rest[digits+1+length:]
		}
		if n := header.Get("Httpd-Syslog-Messages"); n != strconv.Itoa(len(e.Messages)) {
			t.Errorf("entry %d has %d messages and says %s", m.Seq, len(e.Messages), n)
		}
		all, next = append(all, e), m.Seq+1
	}
}

type leadersMessage struct {
	Seq    uint64 `json:"seq"`
	Header []byte `json:"hdrs"`
	Data   []byte `json:"data"`
}

// leadersEntry asks a stream's leader, once there is one; nil: there is no such entry.
func leadersEntry(t *testing.T, js natsjs.JetStream, request string) (m *leadersMessage) {
	t.Helper()
	testbed.Eventually(t, "the stream's leader answers", func() bool {
		answer, err := js.Conn().Request("$JS.API.STREAM.MSG.GET.HTTPD", []byte(request), 10*time.Second)
		if err != nil {
			return false
		}
		var a struct {
			Message *leadersMessage `json:"message"`
			Error   struct {
				Number int `json:"err_code"`
			} `json:"error"`
		}
		if err := json.Unmarshal(answer.Data, &a); err != nil {
			t.Fatal(err)
		}
		m = a.Message
		const noMessage = 10037
		return m != nil || a.Error.Number == noMessage
	})
	return m
}

// TestStoreContract: one server holds what transport.Store promises.
func TestStoreContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Peer {
		s := natsbed.New(t, natsbed.Options{Store: "sync_interval: always"})
		_, js := s.Connect(t)
		natsbed.Stream(t, js, nil)
		return storetest.Peer{
			Transport: func(t *testing.T, series transport.Series) transport.Transport {
				return to(t, server("nats", s.Address), options(series))
			},
			Entries:    func(t *testing.T, series transport.Series) []storetest.Entry { return entries(t, js, series) },
			MaxMessage: maxMessage,
			Stop:       s.Stop, Continue: s.Continue, Kill: s.Kill, Start: s.Start,
		}
	})
}

// TestFraming: entries are octet-counted, as messages may have any byte.
func TestFraming(t *testing.T) {
	if f := new(session).Framing(); f != syslogfmt.OctetCounting {
		t.Errorf("framing is %v", f)
	}
}
