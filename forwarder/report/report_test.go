package report

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/retention"
)

func TestUnits(t *testing.T) {
	for got, want := range map[string]string{
		Count(0): "0", Count(999): "999", Count(1000): "1,000", Count(math.MaxUint64): "18,446,744,073,709,551,615",
		Lines(0): "0 lines", Lines(1): "1 line", Lines(12_345): "12,345 lines",
		Size(-1): "-1 B", Size(999): "999 B", Size(1000): "1.0 kB", Size(9_949): "9.9 kB", Size(9_951): "10 kB", Size(999_499): "999 kB",
		Size(999_600): "1.0 MB", Size(3_100_000): "3.1 MB", Size(10_000_000_000): "10 GB", Size(math.MaxInt64): "9223 PB",
		Rate(0): "0", Rate(-1): "0", Rate(math.NaN()): "0", Rate(.04): "< 0.1", Rate(1.26): "1.3", Rate(9.96): "10", Rate(12_345.6): "12,346",
		Age(-time.Second): "0s", Age(999 * time.Millisecond): "0s", Age(42 * time.Second): "42s", Age(time.Minute): "1m", Age(250 * time.Second): "4m 10s",
		Age(3*time.Hour + 5*time.Minute + 7*time.Second): "3h 5m", Age(24 * time.Hour): "1d", Age(400*24*time.Hour + 90*time.Minute): "400d 1h",
		Bound(.0005): "≤ 0.5 ms", Bound(1): "≤ 1 s", Bound(300): "≤ 5 min", Bound(3600): "≤ 1 h", Bound(math.Inf(1)): "> 1 h",
		Visible("  a\nb\tc\x1b[1m\u202e\xff é "): `a; b\x09c\x1b[1m\xe2\x80\xae\xff é`,
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
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
}

func TestWithin(t *testing.T) {
	var l forwarder.Latency
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

func TestJSONHasNoNull(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, forwarder.Status{}); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"streams", "relays", "listeners"} {
		if !strings.Contains(b.String(), `"`+list+`": []`) {
			t.Errorf("%s: %s", list, &b)
		}
	}
}

// now is the time of the statuses; they are read on the same day.
var now = time.Date(2026, 11, 25, 9, 5, 0, 0, time.Local)

// status is one in which all is well, changed.
func status(change func(*forwarder.Status)) *forwarder.Status {
	st := &forwarder.Status{
		Time:     now,
		Delivery: forwarder.Delivery{Running: true, Service: true},
		Spool:    forwarder.SpoolStatus{Max: 1_000_000},
		Relays:   []forwarder.RelayStatus{{Name: "central", State: forwarder.RelayUp}, {Name: "archive", State: forwarder.RelayUp}},
	}
	change(st)
	return st
}

// waiting is a backlog whose oldest line is so old.
func waiting(lines uint64, age time.Duration) forwarder.Backlog {
	return forwarder.Backlog{Lines: lines, Bytes: int64(lines) * 250, Oldest: now.Add(-age)}
}

func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*forwarder.Status)
		want    []string
		unready []string
	}{
		"well": {func(*forwarder.Status) {}, []string{"OK everything is delivered"}, nil},
		"on the way": {func(st *forwarder.Status) { st.Relays[1].Backlog = waiting(12, time.Second) },
			[]string{"OK everything is delivered: 12 lines are on their way"}, nil},
		"one on the way": {func(st *forwarder.Status) { st.Local.Backlog = waiting(1, 0) },
			[]string{"OK everything is delivered: 1 line is on its way"}, nil},
		"local only": {func(st *forwarder.Status) { st.Relays = nil },
			[]string{"OK everything is in the local log: no relay is configured: local files only"}, nil},
		"at rest": {func(st *forwarder.Status) { st.Delivery = forwarder.Delivery{} },
			[]string{"OK everything is delivered: nothing waits, and nobody needs to deliver at the moment"}, []string{"nobody delivers"}},
		"nobody delivers": {func(st *forwarder.Status) {
			st.Delivery = forwarder.Delivery{}
			st.Local.Backlog, st.Relays[0].Backlog = waiting(5, time.Second), waiting(12_345, time.Minute)
			st.Relays[0].State = forwarder.RelayUnknown
		}, []string{"FAILING nobody delivers: 12,345 lines (3.1 MB) wait, the oldest for 1m; start the service (systemctl start httpd-syslog), and see journalctl -u httpd-syslog if it does not stay"},
			[]string{"nobody delivers"}},
		"relay down": {func(st *forwarder.Status) {
			r := &st.Relays[0]
			r.State, r.Since, r.Error = forwarder.RelayDown, now.Add(-250*time.Second), "tcp://logs:601: connection\nrefused"
			r.Backlog = waiting(12_345, 240*time.Second)
		}, []string{"WAITING relay central is down since 09:00:50: 12,345 lines (3.1 MB) wait, the oldest for 4m; last error: tcp://logs:601: connection; refused"}, nil},
		"relay down without lines": {func(st *forwarder.Status) { st.Relays[1].State = forwarder.RelayDown },
			[]string{"WAITING relay archive is down: no line waits"}, nil},
		"relay lags": {func(st *forwarder.Status) { st.Relays[0].Backlog, st.Relays[0].Rate = waiting(1, time.Minute), 12 },
			[]string{"WAITING relay central lags behind: 1 line (250 B) waits, the oldest for 1m; 12 lines/s are accepted"}, nil},
		"rotated files that stay": {func(st *forwarder.Status) {
			st.Local.Rotated = retention.Status{Failed: 2, Error: "rotated files cannot be removed: remove /l/x: operation\nnot permitted"}
		}, []string{"WARNING rotated files cannot be removed: 2 files, the first: remove /l/x: operation; not permitted; it is tried again every minute"}, nil},
		"local log lags": {func(st *forwarder.Status) { st.Local.Backlog = waiting(100, time.Minute) },
			[]string{"WAITING the local log lags behind: 100 lines (25 kB) wait, the oldest for 1m"}, nil},
		"no room for connections": {func(st *forwarder.Status) {
			st.Listeners = []forwarder.ListenerStatus{
				{URL: "tcp://:514", Connections: 9, MaxConnections: 9, TurnedAway: 1_234}, {URL: "tcp://:515", Connections: 8, MaxConnections: 9}, {URL: "udp://:514"},
			}
		}, []string{"WARNING tcp://:514 has as many connections as it may: 9, and 1,234 were turned away; raise connections of [[listen]]"}, nil},
		"everything at once, the worst first": {func(st *forwarder.Status) {
			st.Relays[0].State = forwarder.RelayDown
			st.Local.Error, st.Local.Since = "no space left on device", now.Add(-time.Minute)
			st.Local.Backlog = waiting(100, time.Minute)
			st.Spool.Bytes = 800_001
			st.Delivery.Rejected, st.Delivery.Loaded = "file:3: bad\nfile:4: worse", now.Add(-time.Hour)
			st.Listeners = []forwarder.ListenerStatus{{URL: "udp://:514", Error: "permission denied"}, {URL: "tcp://:514"}}
		}, []string{
			"FAILING the local log is not written since 09:04:00: no space left on device; 100 lines (25 kB) wait, the oldest for 1m",
			"WARNING the configuration was rejected: file:3: bad; file:4: worse; the one loaded at 08:05:00 stays in force",
			"WARNING nothing is taken in on udp://:514: permission denied",
			"WARNING the spool is nearly full: 800 kB of 1.0 MB; once it is full, lines are lost to the relays that lag",
			"WAITING relay central is down: no line waits",
		}, []string{"the local log is not written: no space left on device"}},
	} {
		t.Run(name, func(t *testing.T) {
			st := status(c.change)
			var got []string
			for _, f := range Findings(st) {
				got = append(got, f.Level.String()+" "+f.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if got := Unready(st); !slices.Equal(got, c.unready) {
				t.Errorf("unready %v, want %v", got, c.unready)
			}
		})
	}
}
