package status_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// TestRate: a rate is over the last ten looks, each name has its own, and a count that goes back has none.
func TestRate(t *testing.T) {
	var w status.Writer
	now := time.Now()
	look := func(name string, count uint64, want float64) {
		t.Helper()
		if got := w.Rate(name, count, now); got != want {
			t.Errorf("%s at %d: %v a second, want %v", name, count, got, want)
		}
	}
	look("a", 100, 0)
	look("b", 0, 0)
	for n := range uint64(10) {
		now = now.Add(time.Second)
		look("a", 100+10*(n+1), 10)
	}
	for n := range uint64(10) { // it stands, and what was before is forgotten look by look
		now = now.Add(time.Second)
		look("a", 200, float64(9-n))
	}
	look("b", 40, 2)
	look("a", 50, 0)
	now = now.Add(-time.Hour)
	look("b", 80, 0)
}

// TestWriter: a status is written when something has changed, and on a disk that is full into the former one's room.
func TestWriter(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	var w status.Writer
	s := status.Status{StateDir: dir, Time: time.Now(), Relays: []status.Relay{{Name: "a", Lines: 5}}}
	write := func() (written bool) {
		t.Helper()
		before, _ := os.Lstat(status.Path(dir))
		if err := w.Write(s); err != nil {
			t.Fatal(err)
		}
		after, err := os.Lstat(status.Path(dir))
		if err != nil {
			t.Fatal(err)
		}
		return before == nil || !os.SameFile(before, after)
	}
	if !write() {
		t.Error("the first one is not written")
	}
	s.Time = s.Time.Add(time.Hour)
	if write() {
		t.Error("one with another time alone is written")
	}
	s.Relays[0].Lines = 7
	if !write() {
		t.Error("another one is not written")
	}
	status.Retire(dir)
	if _, err := os.Lstat(status.Path(dir)); err == nil {
		t.Error("the one of the deliverer before is still there")
	}
	if most := status.Told(dir, "a"); most.Lines != 7 {
		t.Errorf("%+v was told", most)
	}
	w = status.Writer{}
	s.Relays[0].Lines, s.Relays[0].Failures = 6, 1
	if err := os.RemoveAll(status.Path(dir) + ".new"); err != nil {
		t.Fatal(err)
	}
	write()
	if !testbed.Exists(status.Path(dir) + ".new") {
		t.Error("there is no file for the next one to be written to")
	}
	if most := status.Told(dir, "a"); most.Lines != 6 || most.Failures != 1 {
		t.Errorf("%+v was told", most)
	}
	if err := record.Write(status.Path(dir)+".before", &status.Status{Relays: []status.Relay{{Name: "a", Lines: 9}, {Name: "b", Lines: 11}}}, false); err != nil {
		t.Fatal(err)
	}
	if most := status.Told(dir, "a"); most.Lines != 9 || most.Failures != 1 {
		t.Errorf("%+v was told", most)
	}
}

// TestStatusIsNotWritten where the directory is gone, and the writer says so.
func TestStatusIsNotWritten(t *testing.T) {
	var w status.Writer
	dir := t.TempDir()
	s := status.Status{StateDir: statedir.Dir(filepath.Join(dir, "gone"))}
	if err := w.Write(s); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if err := os.Mkdir(string(s.StateDir), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(s); err != nil || !testbed.Exists(status.Path(s.StateDir)) {
		t.Errorf("it is there again: %v", err)
	}
}

// TestLatency: a delay falls into the first bucket that holds it, and one of a clock that was stepped is none.
func TestLatency(t *testing.T) {
	now := time.Now()
	var l status.Latency
	for _, bound := range status.LatencyBounds {
		l.Observe(now, now.Add(time.Duration(bound*float64(time.Second))))
	}
	l.Observe(now, now.Add(2*time.Hour))
	for i, n := range l.Counts {
		if n != 1 {
			t.Errorf("bucket %d has %d", i, n)
		}
	}
	sum := l.Sum
	if sum < 7200+3600 || sum > 7200+3600+400 {
		t.Errorf("all of them have taken %v s", sum)
	}
	l.Observe(time.Time{}, now)
	if l.Counts[0] != 1 || l.Sum != sum {
		t.Error("a line without a time counts")
	}
	l.Observe(now.Add(time.Minute), now)
	if l.Counts[0] != 2 || l.Sum != sum {
		t.Errorf("%d, %v with a line from the future", l.Counts[0], l.Sum)
	}
}

// TestWorstSenders: all count, and the worst of very many are kept.
func TestWorstSenders(t *testing.T) {
	var c status.Collect
	const all = 3*status.MostSenders + 7
	counts := status.SenderCounts{Messages: 1, Repeated: 2, Altered: 3, Uncounted: 4, Late: 5, Lost: 6}
	for n := range all {
		counts.Missing = uint64(n)
		c.Add(status.Sender{Name: fmt.Sprint(n), Silent: n%2 == 0, SenderCounts: counts})
		if len(c.Senders) >= 2*status.MostSenders {
			t.Fatalf("%d are kept", len(c.Senders))
		}
	}
	c.Shorten()
	if want := (status.SenderCounts{Messages: all, Repeated: 2 * all, Altered: 3 * all, Uncounted: 4 * all, Late: 5 * all, Lost: 6 * all, Missing: all * (all - 1) / 2}); c.SenderCounts != want ||
		c.Known != all || c.Silent != (all+1)/2 {
		t.Errorf("%+v, want %+v; %d, %d silent", c.SenderCounts, want, c.Known, c.Silent)
	}
	if len(c.Senders) != status.MostSenders || c.Senders[0].Missing != all-1 || c.Senders[status.MostSenders-1].Missing != all-status.MostSenders {
		t.Errorf("%d are kept, from %+v", len(c.Senders), c.Senders[0])
	}
	in := []status.Sender{
		{Name: "z", SenderCounts: status.SenderCounts{Missing: 1}}, {Name: "y", Silent: true}, {Name: "x", SenderCounts: status.SenderCounts{Altered: 1}}, {Name: "w", Delay: 1}, {Name: "a"}, {Name: "b"},
	}
	if !slices.IsSortedFunc(in, status.Worse) || status.Worse(in[1], in[1]) != 0 || status.Worse(in[1], in[0]) <= 0 || status.Worse(in[3], in[1]) <= 0 {
		t.Error("others are worse")
	}
}

// TestAge: what waits for a seal has waited since a time, and nothing for none.
func TestAge(t *testing.T) {
	now := time.Now()
	for since, want := range map[time.Time]time.Duration{{}: 0, now.Add(-time.Minute): time.Minute, now.Add(time.Minute): 0} {
		if got := (&status.Seals{Since: since}).Age(now); got != want {
			t.Errorf("%v, want %v", got, want)
		}
		if got := (&status.CollectSeals{Since: since}).Age(now); got != want {
			t.Errorf("of a collector: %v, want %v", got, want)
		}
	}
}
