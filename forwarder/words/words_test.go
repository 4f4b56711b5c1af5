package words

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/status"
)

func TestUnits(t *testing.T) {
	for _, c := range [][2]string{ // got, want
		{Count(0), "0"}, {Count(999), "999"}, {Count(1000), "1,000"}, {Count(math.MaxUint64), "18,446,744,073,709,551,615"},
		{Lines(0), "0 lines"}, {Lines(1), "1 line"}, {Lines(12_345), "12,345 lines"},
		{Size(-1), "-1 B"}, {Size(999), "999 B"}, {Size(1000), "1.0 kB"}, {Size(9_949), "9.9 kB"}, {Size(9_950), "10 kB"}, {Size(999_499), "999 kB"},
		{Size(999_500), "1.0 MB"}, {Size(3_100_000), "3.1 MB"}, {Size(10_000_000_000), "10 GB"}, {Size(math.MaxInt64), "9223 PB"},
		{Rate(0), "0"}, {Rate(-1), "0"}, {Rate(math.NaN()), "0"}, {Rate(.04), "< 0.1"}, {Rate(.1), "0.1"}, {Rate(1.26), "1.3"}, {Rate(9.95), "10"}, {Rate(12_345.6), "12,346"},
		{Age(-time.Second), "0s"}, {Age(999 * time.Millisecond), "0s"}, {Age(time.Second), "1s"}, {Age(42 * time.Second), "42s"}, {Age(time.Minute), "1m"}, {Age(250 * time.Second), "4m 10s"},
		{Age(time.Hour), "1h"}, {Age(3*time.Hour + 5*time.Minute + 7*time.Second), "3h 5m"}, {Age(24 * time.Hour), "1d"}, {Age(400*24*time.Hour + 90*time.Minute), "400d 1h"},
		{Bound(.0005), "≤ 0.5 ms"}, {Bound(1), "≤ 1 s"}, {Bound(60), "≤ 1 min"}, {Bound(300), "≤ 5 min"}, {Bound(3600), "≤ 1 h"}, {Bound(math.Inf(1)), "> 1 h"},
		{Visible("  a\nb\tc\x1b[1m\u202e\xff é "), `a; b\x09c\x1b[1m\xe2\x80\xae\xff é`}, {Visible("\ufffd"), "\ufffd"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.Local)
	if got := Clock(now.Add(-time.Minute), now); got != "08:59:00" {
		t.Errorf("today: %s", got)
	}
	if got := Clock(now.Add(-10*time.Hour), now); got != "2026-11-24 23:00" {
		t.Errorf("yesterday: %s", got)
	}
	elsewhere := time.FixedZone("elsewhere", 5*3600)
	if got := Clock(now.Add(-time.Minute).In(elsewhere), now.In(elsewhere)); got != "08:59:00" {
		t.Errorf("a time of another zone: %s", got)
	}
}

func TestWithin(t *testing.T) {
	var l status.Latency
	if _, ok := Within(&l, .5); ok {
		t.Error("something is known of nothing")
	}
	l.Counts[0], l.Counts[3], l.Counts[len(l.Counts)-1] = 50, 49, 1
	for share, want := range map[float64]float64{.5: .0005, .51: .005, .99: .005, .999: math.Inf(1)} {
		if got, ok := Within(&l, share); got != want || !ok {
			t.Errorf("%v within %v, want %v", share, got, want)
		}
	}
}

func TestReasons(t *testing.T) {
	got := Reasons(map[string]uint64{"full": 1, "facility": 7, "never": 0, "bad": 1})
	if want := []string{"facility", "bad", "full"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestServers: which one of several is in use.
func TestServers(t *testing.T) {
	two := []string{"tcp://a\x1b:1", "tcp://b:1"}
	for _, c := range []struct {
		relay status.Relay
		want  string
	}{
		{status.Relay{Servers: two[1:], Server: two[1], State: status.RelayUp}, "tcp://b:1"},
		{status.Relay{Servers: two, Server: two[1], State: status.RelayUp}, `tcp://a\x1b:1, tcp://b:1 (in use)`},
		{status.Relay{Servers: two, Server: two[0], State: status.RelayDown}, `tcp://a\x1b:1 (tried last), tcp://b:1`},
		{status.Relay{Servers: two}, `tcp://a\x1b:1, tcp://b:1`},
	} {
		if got := strings.Join(Servers(&c.relay), ", "); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestOddities(t *testing.T) {
	for _, c := range []struct {
		listener status.Listener
		want     string
	}{
		{status.Listener{Messages: 5}, ""},
		{status.Listener{Malformed: 1_000, TurnedAway: 1, Untrusted: 2}, "1,000 messages not quite in their format, 1 connections turned away, 2 connections without a good handshake of TLS"},
		{status.Listener{Continued: 2, Cut: 3, Closed: 4}, "2 second lines, 3 messages cut, 4 connections closed"},
	} {
		if got := Oddities(&c.listener); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// fullPipe takes nothing.
type fullPipe struct{}

func (fullPipe) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestJSONHasNoNull(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, status.Status{}); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"streams", "relays", "listeners"} {
		if !strings.Contains(b.String(), `"`+list+`": []`) {
			t.Errorf("%s: %s", list, &b)
		}
	}
	b.Reset()
	if err := WriteJSON(&b, status.Status{Streams: []status.Stream{{Name: "access"}}}); err != nil || !strings.Contains(b.String(), `"name": "access"`) {
		t.Errorf("%v: %s", err, &b)
	}
	if WriteJSON(fullPipe{}, status.Status{}) == nil {
		t.Error("no error where nothing can be written")
	}
}

func TestCardNumbers(t *testing.T) {
	for _, tt := range []struct {
		stored, truncated map[string]uint64
		want              string
	}{
		{nil, nil, ""},
		{map[string]uint64{"visa": 2, "amex": 1000, "jcb": 2}, nil, "stored in clear: 1,000 amex, 2 jcb, 2 visa"},
		{map[string]uint64{"visa": 1}, map[string]uint64{"code": 1}, "stored in clear: 1 visa; truncated: 1 code"},
	} {
		if got := CardNumbers(&status.Stream{Stored: tt.stored, Truncated: tt.truncated}); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	st := &status.Status{Streams: []status.Stream{{Name: "access", Stored: map[string]uint64{"visa": 1}}, {Name: "error"}, {Name: "x", Truncated: map[string]uint64{"visa": 2}}}}
	if got, want := CardNumbersOf(st), "card numbers in access, stored in clear: 1 visa\ncard numbers in x, truncated: 2 visa\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
