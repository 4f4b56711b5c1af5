package words

import (
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/status"
)

// now is the time of the statuses; they are read on the same day.
var now = time.Date(2026, 11, 25, 9, 5, 0, 0, time.Local)

// stateOf is a status in which all is well, changed.
func stateOf(change func(*status.Status)) *status.Status {
	st := &status.Status{
		Time:     now,
		Delivery: status.Delivery{Running: true, Service: true},
		Spool:    status.Spool{Max: 1_000_000},
		Relays:   []status.Relay{{Name: "central", State: status.RelayUp}, {Name: "archive", State: status.RelayUp}},
	}
	change(st)
	return st
}

// waiting is a backlog whose oldest line is so old.
func waiting(lines uint64, age time.Duration) status.Backlog {
	return status.Backlog{Lines: lines, Bytes: int64(lines) * 250, Oldest: now.Add(-age)}
}

func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*status.Status)
		want    []string
		unready []string
	}{
		"well": {func(*status.Status) {}, []string{"OK everything is delivered"}, nil},
		"on the way": {func(st *status.Status) { st.Relays[1].Backlog = waiting(12, time.Second) },
			[]string{"OK everything is delivered: 12 lines are on their way"}, nil},
		"one on the way": {func(st *status.Status) { st.Local.Backlog = waiting(1, 0) },
			[]string{"OK everything is delivered: 1 line is on its way"}, nil},
		"local only": {func(st *status.Status) { st.Relays = nil },
			[]string{"OK everything is in the local log: no relay is configured: local files only"}, nil},
		"at rest": {func(st *status.Status) { st.Delivery = status.Delivery{} },
			[]string{"OK everything is delivered: nothing waits, and nobody needs to deliver at the moment"}, []string{"nobody delivers"}},
		"nobody delivers": {func(st *status.Status) {
			st.Delivery = status.Delivery{}
			st.Local.Backlog, st.Relays[0].Backlog = waiting(5, time.Second), waiting(12_345, time.Minute)
			st.Relays[0].State = status.RelayUnknown
		}, []string{"FAILING nobody delivers: 12,345 lines (3.1 MB) wait, the oldest for 1m; start the service (systemctl start httpd-syslog), and see journalctl -u httpd-syslog if it does not stay"},
			[]string{"nobody delivers"}},
		"relay down": {func(st *status.Status) {
			r := &st.Relays[0]
			r.State, r.Since, r.Error = status.RelayDown, now.Add(-250*time.Second), "tcp://logs:601: connection\nrefused"
			r.Backlog = waiting(12_345, 240*time.Second)
		}, []string{"WAITING relay central is down since 09:00:50: 12,345 lines (3.1 MB) wait, the oldest for 4m; last error: tcp://logs:601: connection; refused"}, nil},
		"relay down without lines": {func(st *status.Status) { st.Relays[1].State = status.RelayDown },
			[]string{"WAITING relay archive is down: no line waits"}, nil},
		"relay lags": {func(st *status.Status) { st.Relays[0].Backlog, st.Relays[0].Rate = waiting(1, time.Minute), 12 },
			[]string{"WAITING relay central lags behind: 1 line (250 B) waits, the oldest for 1m; 12 lines/s are accepted"}, nil},
		"rotated files that stay": {func(st *status.Status) {
			st.Local.Rotated = status.Rotated{Failed: 2, Error: "rotated files cannot be removed: remove /l/x: operation\nnot permitted"}
		}, []string{"WARNING rotated files cannot be removed: 2 files, the first: remove /l/x: operation; not permitted; it is tried again every minute"}, nil},
		"local log lags": {func(st *status.Status) { st.Local.Backlog = waiting(100, time.Minute) },
			[]string{"WAITING the local log lags behind: 100 lines (25 kB) wait, the oldest for 1m"}, nil},
		"a rotated file that stays": {func(st *status.Status) {
			st.Local.Rotated = status.Rotated{Failed: 1, Error: "rotated files cannot be removed: remove /l/x: why"}
		}, []string{"WARNING rotated files cannot be removed: remove /l/x: why; it is tried again every minute"}, nil},
		"on the way for long enough": {func(st *status.Status) {
			st.Local.Backlog, st.Relays[0].Backlog = waiting(2, 10*time.Second), waiting(3, 10*time.Second)
		},
			[]string{"OK everything is delivered: 3 lines are on their way"}, nil},
		"a line whose age is not known": {func(st *status.Status) {
			st.Delivery = status.Delivery{}
			st.Relays[0].Backlog = status.Backlog{Lines: 2, Bytes: 500}
		}, []string{"FAILING nobody delivers: 2 lines (500 B) wait, the oldest for 0s; start the service (systemctl start httpd-syslog), and see journalctl -u httpd-syslog if it does not stay"},
			[]string{"nobody delivers"}},
		"a frame with no line counted": {func(st *status.Status) {
			st.Delivery = status.Delivery{}
			st.Relays[0].Backlog, st.Relays[1].Backlog = waiting(0, time.Minute), waiting(0, time.Hour)
		}, []string{"FAILING nobody delivers: 0 lines (0 B) wait, the oldest for 1m; start the service (systemctl start httpd-syslog), and see journalctl -u httpd-syslog if it does not stay"},
			[]string{"nobody delivers"}},
		"a line of tomorrow": {func(st *status.Status) {
			st.Delivery = status.Delivery{}
			st.Local.Backlog = waiting(1, -time.Hour)
		}, []string{"FAILING nobody delivers: 1 line (250 B) waits, the oldest for 0s; start the service (systemctl start httpd-syslog), and see journalctl -u httpd-syslog if it does not stay"},
			[]string{"nobody delivers"}},
		"starting": {func(st *status.Status) { st.Delivery.Starting = true },
			[]string{"UNKNOWN the delivery has just begun: how it goes is not known yet"}, nil},
		"relay starts": {func(st *status.Status) { st.Relays[0].State = status.RelayStarts },
			[]string{"UNKNOWN relay central connects for the first time since the delivery began: no line waits"}, nil},
		"set aside, and nobody delivers": {func(st *status.Status) {
			st.Delivery.Running = false
			st.Relays[0].State = status.RelayDown
			st.Relays[1].Aside, st.Relays[1].AsideFile = 1_234, "/var/x\x1b"
		}, []string{`WARNING messages of relay archive are set aside: 1,234 so far that no server takes, whatever is cut off; they are in /var/x\x1b, which is to be removed when somebody has seen to it`},
			[]string{"nobody delivers"}},
		"a file that is not as recorded": {func(st *status.Status) {
			st.Local.Found = []cursor.Found{{File: "access_log", Time: now.Add(-time.Hour), Short: 9}}
		}, []string{"WARNING a file of the local log is not as it was recorded: access_log is 9 bytes shorter than recorded: it was truncated, or lost its end in a power failure; what is missing is not written again; found 08:05:00; httpd_syslog status --acknowledge, when somebody has seen to it"}, nil},
		"one file is not written": {func(st *status.Status) {
			st.Local.Error, st.Local.Held = "a_log: is a directory", make([]status.HeldFile, 1)
		}, []string{"FAILING a file of the local log is not written: a_log: is a directory; no line waits"}, []string{"the local log is not written: a_log: is a directory"}},
		"two files are not written": {func(st *status.Status) {
			st.Local.Error, st.Local.Held, st.Local.Backlog = "a_log: is a directory (2 files like that)", make([]status.HeldFile, 2), waiting(1, time.Minute)
		}, []string{"FAILING files of the local log are not written: a_log: is a directory (2 files like that); 1 line (250 B) waits, the oldest for 1m"},
			[]string{"the local log is not written: a_log: is a directory (2 files like that)"}},
		"the local log lags, and nobody delivers": {func(st *status.Status) {
			st.Delivery.Running = false
			st.Local.Backlog = waiting(1, time.Minute)
		}, []string{"FAILING nobody delivers: 1 line (250 B) waits, the oldest for 1m; start the service (systemctl start httpd-syslog), and see journalctl -u httpd-syslog if it does not stay"},
			[]string{"nobody delivers"}},
		"a configuration that never was right": {func(st *status.Status) { st.Delivery.Rejected = "file:3: bad" },
			[]string{"WARNING the configuration was rejected: file:3: bad"}, nil},
		"a spool without a limit": {func(st *status.Status) { st.Spool.Max, st.Spool.Bytes = 0, 1 }, []string{"OK everything is delivered"}, nil},
		"a spool at four fifths":  {func(st *status.Status) { st.Spool.Bytes = 800_000 }, []string{"OK everything is delivered"}, nil},
		"troubles": {func(st *status.Status) {
			st.Troubles = []status.Trouble{
				{What: "the record\x1b", Error: "no space\nleft", Since: now.Add(-time.Minute)},
				{What: "told already", Error: "is a directory"}, {What: "told already, too", Error: "operation not permitted"},
			}
			st.Local.Error, st.Local.Rotated.Error = "a_log: is a directory", "files cannot be removed: operation not permitted"
		}, []string{
			"FAILING the local log is not written: a_log: is a directory; no line waits",
			"WARNING files cannot be removed: operation not permitted; it is tried again every minute",
			`WARNING the record\x1b: no space; left; since 09:04:00`,
		}, []string{"the local log is not written: a_log: is a directory"}},
		"no room for connections": {func(st *status.Status) {
			st.Listeners = []status.Listener{
				{URL: "tcp://:514", Connections: 9, MaxConnections: 9, TurnedAway: 1_234}, {URL: "tcp://:515", Connections: 8, MaxConnections: 9}, {URL: "udp://:514"},
			}
		}, []string{"WARNING tcp://:514 has as many connections as it may: 9, and 1,234 were turned away; raise connections of [[listen]]"}, nil},
		"everything at once, the worst first": {func(st *status.Status) {
			st.Relays[0].State = status.RelayDown
			st.Local.Error, st.Local.Since = "no space left on device", now.Add(-time.Minute)
			st.Local.Backlog = waiting(100, time.Minute)
			st.Spool.Bytes = 800_001
			st.Delivery.Rejected, st.Delivery.Loaded = "file:3: bad\nfile:4: worse", now.Add(-time.Hour)
			st.Listeners = []status.Listener{{URL: "udp://:514", Error: "permission denied"}, {URL: "tcp://:514"}}
		}, []string{
			"FAILING the local log is not written since 09:04:00: no space left on device; 100 lines (25 kB) wait, the oldest for 1m",
			"WARNING the configuration was rejected: file:3: bad; file:4: worse; the one loaded at 08:05:00 stays in force",
			"WARNING nothing is taken in on udp://:514: permission denied",
			"WARNING the spool is nearly full: 800 kB of 1.0 MB; once it is full, lines are lost to the relays that lag",
			"WAITING relay central is down: no line waits",
		}, []string{"the local log is not written: no space left on device"}},
	} {
		t.Run(name, func(t *testing.T) {
			st := stateOf(c.change)
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

// TestFindingsOfTheSpool: what keeps lines from the spool, or in it; and a disk that is nearly full.
func TestFindingsOfTheSpool(t *testing.T) {
	const unwritable = "FAILING lines cannot be written to the spool: they wait in the memory of who takes them in, and those that it does not hold are dropped, or the web server waits; "
	const gives = " are left; what is delivered is freed at once, and the local log leaves out what every server has"
	const full = 64<<20 - 1
	for name, c := range map[string]struct {
		change func(*status.Status)
		want   []string
	}{
		"unwritable": {func(st *status.Status) { st.Spool.Unwritable, st.StateDir = true, "/state" },
			[]string{unwritable + "see that the user who logs may write to /state/spool, and that its disk works (dmesg)"}},
		"unwritable, without a limit": {func(st *status.Status) { st.Spool.Unwritable, st.Spool.Max, st.StateDir = true, 0, "/state" },
			[]string{unwritable + "see that the user who logs may write to /state/spool, and that its disk works (dmesg)"}},
		"unwritable, at its limit": {func(st *status.Status) { st.Spool.Unwritable, st.Spool.Bytes = true, st.Spool.Max },
			[]string{unwritable + "the spool is at its max_size, 1.0 MB", "WARNING the spool is nearly full: 1.0 MB of 1.0 MB; once it is full, lines are lost to the relays that lag"}},
		"unwritable, on a full disk": {func(st *status.Status) {
			st.Spool.Unwritable, st.Spool.Disk = true, status.Disk{Free: 4096, Size: 1 << 40}
		},
			[]string{unwritable + "the disk has 4.1 kB left", "WARNING the disk of the state directory is nearly full: 4.1 kB of 1.1 TB" + gives}},
		"unread": {func(st *status.Status) { st.Spool.Unread, st.Spool.ReadError = 1_000, "permission\ndenied" },
			[]string{"FAILING files of the spool cannot be read: 1,000, whose lines are not known: permission; denied (held)"}},
		"strange": {func(st *status.Status) { st.Spool.Strange = []string{"a", "b\x1b"} },
			[]string{`WARNING lines of a stream wait that the configuration does not have: a, b\x1b; add a [[stream]] of that name, or correct --stream`}},
		"damaged": {func(st *status.Status) {
			st.StateDir, st.Spool.Damage = "/state", cursor.Damage{Places: 1_000, Bytes: 5_000, Last: now.Add(-time.Minute), New: true}
		}, []string{"WARNING parts of the spool were damaged, and passed over: 5.0 kB in 1,000 places so far, the last at 09:04:00; what is left of them is in /state/damaged; httpd_syslog status --acknowledge, when somebody has seen to it"}},
		"damaged, and seen to": {func(st *status.Status) { st.Spool.Damage = cursor.Damage{Places: 1_000, Bytes: 5_000} }, []string{"OK everything is delivered"}},
		"one disk": {func(st *status.Status) {
			st.Spool.Disk = status.Disk{Free: full, Size: 1 << 40}
			st.Local.Disk = st.Spool.Disk
		}, []string{"WARNING the disk of the state directory is nearly full: 67 MB of 1.1 TB" + gives}},
		"two disks": {func(st *status.Status) {
			st.Spool.Disk, st.Local.Disk = status.Disk{Free: full, Size: 1 << 40}, status.Disk{Free: full, Size: 1 << 30}
		},
			[]string{"WARNING the disk of the state directory is nearly full: 67 MB of 1.1 TB" + gives, "WARNING the disk of the local log is nearly full: 67 MB of 1.1 GB" + gives}},
		"the other disk": {func(st *status.Status) { st.Local.Disk = status.Disk{Free: full, Size: 1 << 30} },
			[]string{"WARNING the disk of the local log is nearly full: 67 MB of 1.1 GB" + gives}},
		"enough is left":            {func(st *status.Status) { st.Spool.Disk = status.Disk{Free: full + 1, Size: 1 << 40} }, []string{"OK everything is delivered"}},
		"an eighth of a small disk": {func(st *status.Status) { st.Spool.Disk = status.Disk{Free: 1 << 20, Size: 8 << 20} }, []string{"OK everything is delivered"}},
		"a disk that is not known":  {func(st *status.Status) { st.Spool.Disk = status.Disk{Free: -1} }, []string{"OK everything is delivered"}},
		"the worst first": {func(st *status.Status) { st.Spool.Strange, st.Local.Error = []string{"a"}, "is a directory" },
			[]string{"FAILING the local log is not written: is a directory; no line waits", "WARNING lines of a stream wait that the configuration does not have: a; add a [[stream]] of that name, or correct --stream"}},
		"held lines, and others": {func(st *status.Status) {
			st.Relays[0].State, st.Relays[0].Backlog, st.Relays[1].State = status.RelayDown, waiting(1, time.Minute), status.RelayDown
		}, []string{"WAITING relay central is down: 1 line (250 B) waits, the oldest for 1m (held)", "WAITING relay archive is down: no line waits"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range Findings(stateOf(c.change)) {
				text := f.Level.String() + " " + f.String()
				if f.Held {
					text += " (held)"
				}
				got = append(got, text)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
