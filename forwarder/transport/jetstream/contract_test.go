package jetstream

import (
	"context"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

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
		ConnectTimeout: 10 * time.Second,
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

// entries reads what a stream has of a series, by the library's own way.
func entries(t *testing.T, js natsjs.JetStream, series transport.Series) (all []storetest.Entry) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testbed.Patience)
	defer cancel()
	stream, err := js.Stream(ctx, "HTTPD")
	if err != nil {
		t.Fatal(err)
	}
	subject := subjectOf("httpd", series)
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		m, err := stream.GetMsg(ctx, seq)
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject != subject {
			continue
		}
		e := storetest.Entry{Mark: []byte(m.Header.Get("Httpd-Syslog-Mark"))}
		for rest := m.Data; len(rest) > 0; {
			digits := 0
			for rest[digits] != ' ' {
				digits++
			}
			length, _ := strconv.Atoi(string(rest[:digits]))
			e.Messages = append(e.Messages, rest[digits+1:digits+1+length])
			rest = rest[digits+1+length:]
		}
		if n := m.Header.Get("Httpd-Syslog-Messages"); n != strconv.Itoa(len(e.Messages)) {
			t.Errorf("entry %d has %d messages and says %s", seq, len(e.Messages), n)
		}
		all = append(all, e)
	}
	return all
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
