package jetstream

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// says is what a scripted server says to a request: a header without its first line, a body, and nothing at all where there is
// neither.
type says struct{ header, body string }

// scripted is a server of NATS that says what a test makes up, request by request; the last of that again and again.
type scripted struct {
	address string
	connect chan string // what a client has said of itself
	asked   chan string // subjects of requests, and what they had
}

// newScripted begins a server for one client. answers is called with the number of each request, from 0; where it does not stay the
// server ends the connection.
func newScripted(t *testing.T, answers func(n int, reply func(says)) (stays bool)) *scripted {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{address: l.Addr().String(), connect: make(chan string, 1), asked: make(chan string, 1000)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		s.serve(conn, answers)
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	return s
}

func (s *scripted) serve(conn net.Conn, answers func(n int, reply func(says)) (stays bool)) {
	fmt.Fprint(conn, "INFO {\"version\":\"2.11.0\",\"headers\":true,\"max_payload\":1048576,\"proto\":1}\r\n")
	r := bufio.NewReader(conn)
	for n := 0; ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		words := strings.Fields(line)
		switch words[0] {
		case "CONNECT":
			s.connect <- strings.TrimPrefix(line, "CONNECT ")
		case "PING":
			fmt.Fprint(conn, "PONG\r\n")
		case "PUB", "HPUB":
			size, _ := strconv.Atoi(words[len(words)-1])
			body := make([]byte, size+len("\r\n"))
			if _, err := io.ReadFull(r, body); err != nil {
				return
			}
			s.asked <- words[1] + " " + strings.TrimSpace(string(body))
			stays := answers(n, func(a says) {
				header := "NATS/1.0" + a.header + "\r\n\r\n"
				fmt.Fprintf(conn, "HMSG %s 1 %d %d\r\n%s%s\r\n", words[2], len(header), len(header)+len(a.body), header, a.body)
			})
			if n++; !stays {
				return
			}
		}
	}
}

// linked is a link to the server.
func (s *scripted) linked(t *testing.T) *link {
	t.Helper()
	o := options(series())
	ctx, cancel := context.WithTimeout(t.Context(), o.ConnectTimeout)
	defer cancel()
	l, err := connect(ctx, server("nats", s.address), &o, "web1-example-org")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

// inOrder answers with one after the other; the last one again and again.
func inOrder(all ...says) func(int, func(says)) bool {
	return func(n int, reply func(says)) bool { reply(all[min(n, len(all)-1)]); return true }
}

// TestWhatAClientSays: it names itself, hears nothing of its own, and neither connects again nor elsewhere by itself.
func TestWhatAClientSays(t *testing.T) {
	t.Parallel()
	s := newScripted(t, inOrder(says{}))
	l := s.linked(t)
	var said struct {
		Name    string `json:"name"`
		Echo    bool   `json:"echo"`
		Headers bool   `json:"headers"`
	}
	said.Echo = true
	if err := json.Unmarshal([]byte(<-s.connect), &said); err != nil || said.Name != "httpd_syslog" || said.Echo || !said.Headers {
		t.Errorf("%+v, %v", said, err)
	}
	o := l.conn.Opts
	if o.AllowReconnect || !o.IgnoreDiscoveredServers || !o.SkipHostLookup || o.PingInterval != pingInterval || o.MaxPingsOut != 2 || !strings.HasPrefix(l.inbox, "_INBOX.web1-example-org.") {
		t.Errorf("%+v, answers to %s", o, l.inbox)
	}
}

// TestAnswersAreToTheirRequests: an answer that comes twice is not taken for one to the next request.
func TestAnswersAreToTheirRequests(t *testing.T) {
	t.Parallel()
	l := newScripted(t, func(n int, reply func(says)) bool {
		for range 2 {
			reply(says{body: fmt.Sprint("answer ", n)})
		}
		return true
	}).linked(t)
	for n := range 5 {
		if answer, err := l.exchange(t.Context(), &nats.Msg{Subject: "a"}, noWait); err != nil || string(answer.Data) != fmt.Sprint("answer ", n) {
			t.Fatalf("to request %d: %q, %v", n, answer.Data, err)
		}
	}
}

// TestNoAnswer: a request is waited for as long as something moves, until the caller gives it up; then the link is of no use.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	given := errors.New("given up")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx      context.Context
		patience time.Duration
		waiting  func() error
		stays    bool
		want     error
	}{
		"nothing moves":       {t.Context(), time.Second / 2, noWait, true, errUnanswered},
		"somebody gives up":   {t.Context(), time.Hour, func() error { return given }, true, given},
		"there is no time":    {canceled, time.Hour, noWait, true, context.Canceled},
		"the server has gone": {t.Context(), time.Hour, noWait, false, transport.ErrPeerClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newScripted(t, func(int, func(says)) bool { return tt.stays }).linked(t)
			l.patience = tt.patience
			if _, err := l.exchange(tt.ctx, &nats.Msg{Subject: "a"}, tt.waiting); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			<-l.Broken()
			if _, err := l.exchange(t.Context(), &nats.Msg{Subject: "a"}, noWait); err == nil {
				t.Error("the link is of use")
			}
		})
	}
}

// TestOddAnswers: what a server says that is no answer of JetStream is no last entry, and is told.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	const subject = "httpd.web1.1"
	last := says{header: "\r\nNats-Sequence: 7\r\nNats-Subject: " + subject + "\r\n" + headerMark + ": here", body: "lines"}
	behind := func(n string) says {
		return says{body: `{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: ` + n + `"}}`}
	}
	moving := says{body: `{"error":{"code":400,"err_code":10164,"description":"wrong last sequence"}}`}
	for name, tt := range map[string]struct {
		answers []says
		seq     uint64
		mark    string
		want    string // of the error; empty: there is none
	}{
		"none":                  {[]says{behind("0")}, 0, "", ""},
		"one":                   {[]says{behind("7"), last}, 7, "here", ""},
		"one of somebody else":  {[]says{behind("7"), {header: "\r\nNats-Sequence: 7\r\nNats-Subject: " + subject}}, 7, "", ""},
		"one is on its way":     {[]says{moving, last, behind("7"), last}, 7, "here", ""},
		"none, then one":        {[]says{moving, {header: " 404 Message Not Found"}, behind("7"), last}, 7, "here", ""},
		"a replica is behind":   {[]says{behind("7"), {header: " 404 Message Not Found"}, behind("7"), last}, 7, "here", ""},
		"no number of the last": {[]says{behind("x")}, 0, "", `the stream's leader does not say which entry is the last: "wrong last sequence: x"`},
		"no JetStream":          {[]says{{body: "hello"}}, 0, "", `what answers at ` + subject + ` is no JetStream: "hello"`},
		"no refusal":            {[]says{{body: `{"seq":8}`}}, 0, "", `is no JetStream: "{\"seq\":8}"`},
		"another status":        {[]says{behind("7"), {header: " 408 Bad Request"}}, 0, "", `the server answers "408 Bad Request" to what asks for the last entry`},
		"no number":             {[]says{behind("7"), {header: "\r\nNats-Subject: " + subject, body: "x"}}, 0, "", "what asks for the last entry cannot be read"},
		"number 0":              {[]says{behind("7"), {header: "\r\nNats-Sequence: 0\r\nNats-Subject: " + subject, body: "x"}}, 0, "", "what asks for the last entry cannot be read"},
		"another subject":       {[]says{behind("7"), {header: "\r\nNats-Sequence: 7\r\nNats-Subject: httpd.web2.1", body: "x"}}, 0, "", "what asks for the last entry cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScripted(t, inOrder(tt.answers...))
			store := &session{link: s.linked(t), stream: "HTTPD", subject: subject}
			seq, mark, err := store.findLast(t.Context())
			if seq != tt.seq || string(mark) != tt.mark || (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%d, %q, %v", seq, mark, err)
			}
			if seq > 0 && mark == nil {
				t.Error("there is an entry, and no mark at all")
			}
		})
	}
}

// TestNeverSettled: a store that never says which entry is the last is no store to go on with, and which of the two it is
// that keeps it from that is told.
func TestNeverSettled(t *testing.T) {
	t.Parallel()
	for want, leader := range map[string]string{
		"an entry behind number 0 has neither been taken nor refused by the stream HTTPD":                                            `{"error":{"code":400,"err_code":10164,"description":"wrong last sequence"}}`,
		"the leader of the stream HTTPD says that 7 is the series' last entry, and who is asked for that has 0: a replica is behind": `{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 7"}}`,
	} {
		testbed.Eventually(t, want, func() bool { // where time ends between two requests
			s := newScripted(t, func(n int, reply func(says)) bool {
				reply([]says{{body: leader}, {header: " 404 Message Not Found"}}[n%2])
				return true
			})
			store := &session{link: s.linked(t), stream: "HTTPD", subject: "httpd.web1.1"}
			ctx, cancel := context.WithTimeout(t.Context(), 5*settle)
			defer cancel()
			_, _, err := store.findLast(ctx)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
			return err == nil || strings.Contains(err.Error(), want)
		})
	}
}

// TestOddEntries: likewise of one entry that is read from the stream's leader.
func TestOddEntries(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer string
		want   stored
		err    string
	}{
		"none":            {`{"error":{"code":404,"err_code":10037,"description":"no message found"}}`, stored{}, ""},
		"one":             {`{"message":{"subject":"a","seq":7,"hdrs":"TkFUUy8xLjANCkE6IGINCg0K","data":"bGluZXM=","time":"2026-11-27T03:28:28Z"}}`, stored{"a", 7, nats.Header{"A": {"b"}}, []byte("lines"), time.Date(2026, 11, 27, 3, 28, 28, 0, time.UTC)}, ""},
		"no header":       {`{"message":{"subject":"a","seq":7,"hdrs":"?","data":"bGluZXM="}}`, stored{subject: "a", seq: 7, data: []byte("lines")}, ""},
		"another error":   {`{"error":{"code":500,"err_code":10008,"description":"away\u001b"}}`, stored{}, `"away\x1b"`},
		"neither":         {`{}`, stored{}, "has no entry"},
		"nothing of that": {`hello`, stored{}, "the answer to $JS.API.STREAM.MSG.GET.HTTPD cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScripted(t, inOrder(says{body: tt.answer}))
			got, err := s.linked(t).get(t.Context(), "HTTPD", getRequest{Seq: 7, NextFor: "a"})
			if !reflect.DeepEqual(got, tt.want) || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%+v, %v", got, err)
			}
			if asked := <-s.asked; asked != `$JS.API.STREAM.MSG.GET.HTTPD {"seq":7,"next_by_subj":"a"}` {
				t.Errorf("asked %q", asked)
			}
		})
	}
}

// TestReadBackBreaks: what is odd is told though not all can be read back, and what cannot is why.
func TestReadBackBreaks(t *testing.T) {
	t.Parallel()
	info := says{body: `{"config":{"discard":"new"},"state":{"first_seq":5,"last_seq":9,"num_deleted":2,"subjects":{"httpd.a.x.y":1,"httpd.web1.1":3}},"total":2}`}
	entry := says{body: `{"message":{"subject":"httpd.web1.1","seq":5,"data":"NSBoZWxsb3g="}}`} // "5 hello", and an x
	const deleted, before, strange = "lacks 2 entries", "begins with number 5", "is no subject of a series"
	for name, tt := range map[string]struct {
		answers []says
		want    string
		odd     []string
	}{
		"not at all": {[]says{info, info, entry, {body: `{"error":{"code":404,"err_code":10037,"description":"no message found"}}`}}, "",
			[]string{deleted, before, strange, "does not say which entry it follows", "is not an entry of this program: ", "has 0 marks", "its header says otherwise"}},
		"at once":             {[]says{{body: `{"error":{"code":500,"err_code":10008,"description":"away"}}`}}, "away", nil},
		"not of JetStream":    {[]says{{body: "hello"}}, "the answer to $JS.API.STREAM.INFO.HTTPD cannot be read", nil},
		"behind the stream":   {[]says{info, {body: "hello"}}, "cannot be read", []string{deleted, before}},
		"at an entry":         {[]says{info, info, {body: `{}`}}, "has no entry", []string{deleted, before, strange}},
		"at another entry":    {[]says{info, info, {body: `{"message":{"subject":"httpd.web1.1","seq":4}}`}}, "the server gives entry 4 of httpd.web1.1 where it is asked for the next of httpd.web1.1 from 5 on", []string{deleted, before, strange}},
		"nobody answers that": {[]says{{header: " 503"}}, errNoJetStream.Error(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScripted(t, inOrder(tt.answers...))
			odd, err := fetch(t.Context(), server("nats", s.address), options(series()), transport.Fetch{Dir: t.TempDir()})
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
			if len(odd) != len(tt.odd) {
				t.Fatalf("%+v", odd)
			}
			for i, want := range tt.odd {
				if !strings.Contains(odd[i].What, want) {
					t.Errorf("%+v, want %s", odd[i], want)
				}
			}
		})
	}
}
