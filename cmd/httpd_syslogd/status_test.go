package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"httpd-syslog/cmd/internal/monitor"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/status"
)

var statusTime = time.Date(2026, 11, 25, 9, 5, 0, 0, time.Local)

// aStatus is one in which all is well, changed.
func aStatus(change func(*status.Status)) *status.Status {
	st := &status.Status{
		Time:     statusTime,
		StateDir: "/var/lib/httpd-syslog",
		Delivery: status.Delivery{Running: true, Service: true, PID: 4711, Version: "0.2.0", Since: statusTime.Add(-3 * time.Hour),
			Config: "/etc/httpd-syslog/httpd_syslog.toml", Loaded: statusTime.Add(-2 * time.Hour)},
		Spool:   status.Spool{Files: 1, Bytes: 1_234, Max: 10_000_000_000},
		Streams: []status.Stream{{Name: "access", Lines: 1_000_000, Bytes: 180_000_000, Local: 999_990, Dropped: 3, LeftOut: 7}},
		Local:   status.Local{Dir: "/var/log/httpd-syslog", Rate: 512},
		Relays: []status.Relay{{Name: "central", Servers: []string{"tls://a:6514", "tls://b:6514"}, Server: "tls://b:6514",
			State: status.RelayUp, Lines: 999_000, Rate: 511.6}},
	}
	change(st)
	return st
}

// wait has so many lines wait for a consumer, the oldest for so long.
func wait(b *status.Backlog, lines uint64, age time.Duration) {
	*b = status.Backlog{Lines: lines, Bytes: int64(lines) * 250, Oldest: statusTime.Add(-age)}
}

func TestStatusCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*status.Status)
		problem error
		status  int
		text    string
	}{
		"well": {func(*status.Status) {}, nil, 0, "OK - everything is delivered"},
		"at the limit": {func(st *status.Status) { wait(&st.Local.Backlog, 1, time.Minute) }, nil,
			0, "OK - the local log lags behind: 1 line (250 B) waits, the oldest for 1m"},
		"relay down for a moment": {func(st *status.Status) {
			st.Relays[0].State = status.RelayDown
			wait(&st.Relays[0].Backlog, 12, 5*time.Second)
		}, nil, 1, "WARNING - relay central is down: 12 lines (3.0 kB) wait, the oldest for 5s"},
		"relay down, and no line waits": {func(st *status.Status) { st.Relays[0].State = status.RelayDown }, nil,
			0, "OK - relay central is down: no line waits"},
		"relay connects": {func(st *status.Status) { st.Relays[0].State = status.RelayStarts }, nil,
			3, "UNKNOWN - relay central connects for the first time since the delivery began: no line waits"},
		"just begun": {func(st *status.Status) { st.Delivery.Starting, st.Relays[0].State = true, status.RelayUnknown }, nil,
			3, "UNKNOWN - the delivery has just begun: how it goes is not known yet"},
		"what is wrong weighs more than what is not known": {func(st *status.Status) {
			st.Relays[0].State, st.Delivery.Rejected = status.RelayStarts, "file:1: bad"
		}, nil, 1, "WARNING - the configuration was rejected: file:1: bad; the one loaded at 07:05:00 stays in force; relay central connects for the first time since the delivery began: no line waits"},
		"lines are in memory": {func(st *status.Status) { st.Spool.Unwritable = true }, nil,
			2, "CRITICAL - lines cannot be written to the spool: they wait in the memory of who takes them in, and those that it does not hold are dropped, or the web server waits; see that the user who logs may write to /var/lib/httpd-syslog/spool, and that its disk works (dmesg)"},
		"a file of the spool cannot be read": {func(st *status.Status) { st.Spool.Unread, st.Spool.ReadError = 1, "open x: permission denied" }, nil,
			2, "CRITICAL - files of the spool cannot be read: 1, whose lines are not known: open x: permission denied"},
		"a stream that is not configured": {func(st *status.Status) { st.Spool.Strange = []string{"other"} }, nil,
			1, "WARNING - lines of a stream wait that the configuration does not have: other; add a [[stream]] of that name, or correct --stream"},
		"damage": {func(st *status.Status) {
			st.Spool.Damage = cursor.Damage{Places: 2, Bytes: 4000, Last: statusTime.Add(-time.Minute), New: true}
		}, nil, 1, "WARNING - parts of the spool were damaged, and passed over: 4.0 kB in 2 places so far, the last at 09:04:00; what is left of them is in /var/lib/httpd-syslog/damaged; httpd_syslog status --acknowledge, when somebody has seen to it"},
		"damage that somebody has seen": {func(st *status.Status) { st.Spool.Damage = cursor.Damage{Places: 2, Bytes: 4000} }, nil,
			0, "OK - everything is delivered"},
		"a full disk": {func(st *status.Status) { st.Spool.Disk = status.Disk{Free: 1_000_000, Size: 1_000_000_000} }, nil,
			1, "WARNING - the disk of the state directory is nearly full: 1.0 MB of 1.0 GB are left; what is delivered is freed at once, and the local log leaves out what every server has"},
		"trouble": {func(st *status.Status) {
			st.Troubles = []status.Trouble{{What: "the spool cannot be put on the disk", Error: "input/output error", Since: statusTime.Add(-time.Minute)}}
		}, nil, 1, "WARNING - the spool cannot be put on the disk: input/output error; since 09:04:00"},
		"trouble that the local log's error tells of": {func(st *status.Status) {
			st.Local.Error = "access_log: input/output error"
			st.Troubles = []status.Trouble{{What: "local log: access_log is not written", Error: "input/output error"}}
		}, nil, 2, "CRITICAL - the local log is not written: access_log: input/output error; no line waits"},
		"set aside": {func(st *status.Status) { st.Relays[0].Aside, st.Relays[0].AsideFile = 3, "/s/aside" }, nil,
			1, "WARNING - messages of relay central are set aside: 3 so far that no server takes, whatever is cut off; they are in /s/aside, which is to be removed when somebody has seen to it"},
		"set aside, and nobody delivers": {func(st *status.Status) {
			st.Delivery = status.Delivery{}
			st.Relays[0].Aside, st.Relays[0].AsideFile = 3, "/s/aside"
		}, nil, 1, "WARNING - messages of relay central are set aside: 3 so far that no server takes, whatever is cut off; they are in /s/aside, which is to be removed when somebody has seen to it"},
		"relay down": {func(st *status.Status) {
			st.Relays[0].State, st.Relays[0].Error = status.RelayDown, "x|y\nz"
			wait(&st.Relays[0].Backlog, 12, 61*time.Second)
		}, nil, 1, "WARNING - relay central is down: 12 lines (3.0 kB) wait, the oldest for 1m 1s; last error: x/y; z; the oldest line for relay central has waited for 1m 1s"},
		"an archive gathers": {func(st *status.Status) {
			st.Relays[0].Delay = 5 * time.Minute
			wait(&st.Relays[0].Backlog, 12, 5*time.Minute+3*time.Second)
		}, nil, 0, "OK - everything is delivered: 12 lines are on their way"},
		"an archive is late": {func(st *status.Status) {
			st.Relays[0].Delay = 5 * time.Minute
			wait(&st.Relays[0].Backlog, 12, 6*time.Minute+time.Second)
		}, nil, 1, "WARNING - the oldest line for relay central has waited for 6m 1s; relay central lags behind: 12 lines (3.0 kB) wait, the oldest for 6m 1s; 512 lines/s are accepted"},
		"local log lags": {func(st *status.Status) { wait(&st.Local.Backlog, 2, 11*time.Minute) }, nil,
			2, "CRITICAL - the oldest line for the local log has waited for 11m; the local log lags behind: 2 lines (500 B) wait, the oldest for 11m"},
		"nobody delivers": {func(st *status.Status) {
			st.Delivery = status.Delivery{}
			wait(&st.Relays[0].Backlog, 1, 0)
		}, nil, 2, "CRITICAL - nobody delivers: 1 line (250 B) waits, the oldest for 0s; start the service (systemctl start httpd-syslog), and see journalctl -u httpd-syslog if it does not stay"},
		"nobody needs to": {func(st *status.Status) { st.Delivery = status.Delivery{} }, nil,
			0, "OK - everything is delivered: nothing waits, and nobody needs to deliver at the moment"},
		"local log not written": {func(st *status.Status) { st.Local.Error = "no space left on device" }, nil,
			2, "CRITICAL - the local log is not written: no space left on device; no line waits"},
		"rejected": {func(st *status.Status) { st.Delivery.Rejected = "file:1: bad" }, nil,
			1, "WARNING - the configuration was rejected: file:1: bad; the one loaded at 07:05:00 stays in force"},
		"own look at the configuration": {func(*status.Status) {}, errors.New("file:1: bad\nfile:2: worse"),
			1, "WARNING - configuration: file:1: bad; file:2: worse; everything is delivered"},
		"the worst counts": {func(st *status.Status) {
			st.Spool.Bytes = 9_000_000_000
			st.Local.Error = "input/output error"
		}, nil, 2, "CRITICAL - the local log is not written: input/output error; no line waits; the spool is nearly full: 9.0 GB of 10 GB; once it is full, lines are lost to the relays that lag"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			status := monitor.Check(&out, aStatus(c.change), c.problem, time.Minute, 10*time.Minute)
			text, figures, ok := strings.Cut(out.String(), " | ")
			if status != c.status || text != "HTTPD_SYSLOG "+c.text {
				t.Errorf("%d, %s\nwant %d, HTTPD_SYSLOG %s", status, text, c.status, c.text)
			}
			if !ok || strings.Contains(figures, "|") || strings.Count(out.String(), "\n") != 1 {
				t.Errorf("not one line with one bar: %q", &out)
			}
		})
	}
}

func TestPerfdata(t *testing.T) {
	t.Parallel()
	st := aStatus(func(st *status.Status) {
		st.Relays[0].Name = "it's=a|b"
		wait(&st.Relays[0].Backlog, 4, 90*time.Second)
	})
	figures := func(warn, crit time.Duration) string {
		var out bytes.Buffer
		monitor.Check(&out, st, nil, warn, crit)
		_, figures, _ := strings.Cut(out.String(), " | ")
		return strings.TrimSuffix(figures, "\n")
	}
	got := strings.ReplaceAll(figures(time.Minute, 10*time.Minute), " ", "\n")
	want := `'local_log_oldest'=0s;60;600;0
'local_log_lines'=0;;;0
'local_log_bytes'=0B;;;0
'relay_it''s_a_b_oldest'=90s;60;600;0
'relay_it''s_a_b_lines'=4;;;0
'relay_it''s_a_b_bytes'=1000B;;;0
'spool'=1234B;8000000000;;0;10000000000
'stream_access_lines'=1000000c
'stream_access_dropped'=3c`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	st.Spool.Max = 0
	if got := figures(0, 0); !strings.Contains(got, "'spool'=1234B;;;0 ") {
		t.Errorf("a spool without limit has one: %s", got)
	}
}

func TestUnknownStatus(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	status := monitor.Unknown(&out, hinted(fmt.Errorf("state directory: %w", &fs.PathError{Op: "open", Path: "/a|b", Err: fs.ErrPermission})))
	want := "HTTPD_SYSLOG UNKNOWN - state directory: open /a/b: permission denied; be root or a member of the group httpd-syslog (usermod -a -G httpd-syslog USER)\n"
	if status != 3 || out.String() != want {
		t.Errorf("%d, %s", status, &out)
	}
}

func TestStatusText(t *testing.T) {
	t.Parallel()
	st := aStatus(func(st *status.Status) {
		r := &st.Relays[0]
		r.State, r.Since, r.Rate = status.RelayDown, statusTime.Add(-250*time.Second), 0
		r.Error, r.ErrorAt, r.Failures = "connection\nrefused", statusTime.Add(-4*time.Second), 17
		r.Latency.Counts[0], r.Latency.Counts[4] = 98, 2
		wait(&r.Backlog, 12_345, 240*time.Second)
		st.Relays = append(st.Relays, status.Relay{Name: "archive-of-the-department", Servers: []string{"relp://c:2514"}, State: status.RelayUp})
		st.Listeners = []status.Listener{
			{URL: "unixgram:///run/httpd-syslog/log", Messages: 4_321, Refused: map[string]uint64{"facility": 7, "malformed": 12}},
			{URL: "udp://127.0.0.1:514", Error: "permission denied"},
			{URL: "tcp://127.0.0.1:601", Messages: 5_000, Malformed: 1_001, Continued: 2, Cut: 3, CutBytes: 4, Connections: 5, MaxConnections: 2_000, Closed: 6, TurnedAway: 7},
		}
	})
	var out bytes.Buffer
	if err := writeStatus(&out, st); err != nil {
		t.Fatal(err)
	}
	const want = `WARNING: nothing is taken in on udp://127.0.0.1:514
    permission denied
WAITING: relay central is down since 09:00:50
    12,345 lines (3.1 MB) wait, the oldest for 4m; last error: connection; refused

delivered by   the system service, process 4711, version 0.2.0, for 3h
configuration  /etc/httpd-syslog/httpd_syslog.toml, loaded 2h ago
state          /var/lib/httpd-syslog
local log      /var/log/httpd-syslog
spool          1.2 kB in 1 file, of 10 GB

CONSUMER       STATE  WAITING    SIZE  OLDEST  LINES/S  ACCEPTED
local log    written        0     0 B       -      512   999,990
central         down   12,345  3.1 MB      4m        0   999,000
archive-of…       up        0     0 B       -        0         0

STREAM   LINES IN    SIZE  LOCAL LOG  LEFT OUT  DROPPED
access  1,000,000  180 MB    999,990         7        3

listener unixgram:///run/httpd-syslog/log
    4,321 messages, 0 connections open, refused: 12 malformed, 7 facility

listener udp://127.0.0.1:514
    does not listen: permission denied
    0 messages, 0 connections open, refused: none

listener tcp://127.0.0.1:601
    5,000 messages, 5 of 2000 connections open, refused: none
    1,001 messages not quite in their format, 2 second lines, 3 messages cut, 6 connections closed, 7 connections turned away

relay central
    tls://a:6514
    tls://b:6514 (tried last)
    delay: half of the lines ≤ 0.5 ms, 99 % ≤ 10 ms
    0 repeated, 0 given up, 17 connections broken
    last error, 4s ago: connection; refused

relay archive-of-the-department
    relp://c:2514
    0 repeated, 0 given up, 0 connections broken
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}

// TestStatusTablesFit holds the tables to 80 columns with more lines than anybody has.
func TestStatusTablesFit(t *testing.T) {
	t.Parallel()
	const many = 999_999_999_999 // a million lines a second for eleven days
	st := aStatus(func(st *status.Status) {
		s := &st.Streams[0]
		s.Name, s.Lines, s.Bytes, s.Local, s.LeftOut, s.Dropped = strings.Repeat("x", 32), many, math.MaxInt64, many, 999_999_999, 999_999_999
		st.Relays[0] = status.Relay{Name: strings.Repeat("é", 32), State: status.RelayDown, Lines: many, Rate: 999_999,
			Backlog: status.Backlog{Lines: 9_999_999_999, Bytes: math.MaxInt64, Oldest: statusTime.Add(-99*24*time.Hour - 23*time.Hour)}}
	})
	var b bytes.Buffer
	writeConsumers(&b, st)
	writeStreams(&b, st)
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// TestStatusTextCannotSteerATerminal has a server's answer and names try to.
func TestStatusTextCannotSteerATerminal(t *testing.T) {
	t.Parallel()
	const bad = "\x1b]0;owned\a\x9b31m\r"
	st := aStatus(func(st *status.Status) {
		r := &st.Relays[0]
		r.Name, r.Error, r.Servers, r.State = bad, bad, []string{bad, bad}, status.RelayDown
		st.Local.Error, st.Local.Dir, st.StateDir = bad, bad, bad
		st.Streams[0].Name = bad
		st.Delivery.Rejected, st.Delivery.Config, st.Delivery.Version = bad, bad, bad
		st.Troubles = []status.Trouble{{What: bad, Error: bad + "x"}}
		st.Spool.Unread, st.Spool.ReadError, st.Spool.Strange, st.Spool.Damage.New, r.AsideFile = 1, bad, []string{bad}, true, bad
		st.Listeners = []status.Listener{{URL: bad, Error: bad, Refused: map[string]uint64{bad: 1}}}
	})
	var out bytes.Buffer
	if err := writeStatus(&out, st); err != nil {
		t.Fatal(err)
	}
	monitor.Check(&out, st, errors.New(bad), 0, 0)
	if i := strings.IndexFunc(out.String(), func(r rune) bool { return r < ' ' && r != '\n' || r == utf8.RuneError || r >= 0x7f && r < 0xa0 }); i >= 0 {
		t.Errorf("got through: %q", out.String()[max(0, i-40):])
	}
}
