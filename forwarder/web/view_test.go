package web

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/words"
)

// TestMetricTypes: what only grows is a counter, times of lines are a histogram, and all else is a gauge.
func TestMetricTypes(t *testing.T) {
	_, all := metrics(t, down(time.Minute, 7))
	kinds := map[string]int{}
	for line := range strings.Lines(all) {
		name, kind, is := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "# TYPE httpd_syslog_"), " ")
		if !is || !strings.HasPrefix(line, "# TYPE httpd_syslog_") {
			continue
		}
		want := "gauge"
		switch {
		case strings.HasSuffix(name, "_total"):
			want = "counter"
		case strings.HasSuffix(name, "_delivery_seconds"):
			want = "histogram"
		}
		if kinds[kind]++; kind != want {
			t.Errorf("%s is a %s, want a %s", name, kind, want)
		}
	}
	if len(kinds) != 3 || kinds["gauge"] < 20 || kinds["counter"] < 10 {
		t.Errorf("there are %v", kinds)
	}
}

// TestViewOfFindings: the worst finding is the head of the page, and the others stand below it.
func TestViewOfFindings(t *testing.T) {
	st := down(time.Minute, 7)
	st.Spool.Unread, st.Spool.ReadError, st.Spool.Strange = 1, "no permission", []string{"x"}
	s := New(Options{Status: fixed(st), Host: "web1", Version: "0.2.0"})
	v, want := s.view(&st, nil), words.Findings(&st)
	if v.Host != "web1" || v.Version != "0.2.0" || !v.Known || v.What != want[0].What || v.Detail != want[0].Detail || v.Word != want[0].Level.String() || v.Level != "failing" || len(v.More) != len(want)-1 || len(want) < 3 {
		t.Fatalf("%+v", v)
	}
	for i, more := range v.More {
		if f := want[i+1]; more != (furtherView{strings.ToLower(f.Level.String()), f.Level.String(), f.What, f.Detail}) {
			t.Errorf("%+v, want %+v", more, f)
		}
	}
	s.SetHost("web2")
	v = s.view(nil, errors.New("no\x1bdisk"))
	if v.Host != "web2" || v.Known || v.Level != "unknown" || v.Word != "UNKNOWN" || v.What != "the state cannot be read" || v.Detail != `no\x1bdisk` || v.At.Text == "" {
		t.Errorf("%+v", v)
	}
}

// TestViewOfConsumers: the state of each relay and of the local log is told, since when, and with what has gone wrong.
func TestViewOfConsumers(t *testing.T) {
	now := time.Unix(1e9, 0)
	st := &status.Status{Time: now, Relays: []status.Relay{
		{Name: "a", State: status.RelayUp, Since: now.Add(-time.Hour), Servers: []string{"tcp://x:1", "tcp://y:1"}, Lines: 1234, Repeated: 1, GivenUp: 2, Failures: 3, Streams: []string{"access", "audit"}},
		{Name: "b", State: status.RelayDown, Since: now.Add(-time.Minute), Error: "refused\x1b", ErrorAt: now.Add(-2 * time.Second), Backlog: status.Backlog{Lines: 5, Bytes: 1000, Oldest: now.Add(-3 * time.Minute)}},
		{Name: "c", State: status.RelayUnknown, Since: now.Add(-time.Minute), Error: "refused"},
	}}
	type shown struct{ id, name, level, word, since, error, errorWord, note string }
	of := func(v consumerView) shown {
		return shown{v.ID, v.Name, v.Level, v.Word, v.Since, v.Error, v.ErrorWord, v.Backlog.Note}
	}
	for i, want := range []shown{
		{"relay-0", "a", "ok", "up", "for 1h", "", "", ""},
		{"relay-1", "b", "waiting", "down", "for 1m", `2s ago: refused\x1b`, "Last error", "1.0 kB, oldest 3m"},
		{"relay-2", "c", "idle", "not known", "", "refused", "Last error", ""},
	} {
		if got := of(relayView(st, i, nil)); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	want := []fact{{"Median delay", "not known yet", ""}, {"Accepted", "1,234 lines", ""}, {"Repeated", "1 line", ""}, {"Given up", "2 lines", ""}, {"Connections broken", "3", ""}, {"Streams", "access, audit", ""}}
	if got := relayView(st, 0, nil); !reflect.DeepEqual(got.Facts, want) || got.Where != strings.Join(words.Servers(&st.Relays[0]), ", else ") {
		t.Errorf("%+v", got)
	}
	for _, tt := range []struct {
		change func(*status.Status)
		want   shown
	}{
		{func(*status.Status) {}, shown{"local", "Local log", "idle", "idle", "", "", "", ""}},
		{func(st *status.Status) { st.Delivery.Running = true }, shown{"local", "Local log", "ok", "written", "", "", "", ""}},
		{func(st *status.Status) { st.Local.Error = "full\x1b" }, shown{"local", "Local log", "failing", "not written", "", `full\x1b`, "Error", ""}},
		{func(st *status.Status) { st.Local.Since = now.Add(-time.Second) }, shown{"local", "Local log", "failing", "not written", "for 1s", `full\x1b`, "Error", ""}},
	} {
		if tt.change(st); of(localView(st, nil)) != tt.want {
			t.Errorf("%+v, want %+v", of(localView(st, nil)), tt.want)
		}
	}
	st.Local.Seals = &status.Seals{}
	if got := localView(st, nil); got.Facts[len(got.Facts)-1] != (fact{"Seals", "none yet", ""}) {
		t.Errorf("%+v", got.Facts)
	}
}

// TestViewOfFacts: who delivers, by which configuration, and from where.
func TestViewOfFacts(t *testing.T) {
	now := time.Unix(1e9, 0)
	st := &status.Status{Time: now, StateDir: "/state"}
	for _, tt := range []struct {
		change func(*status.Delivery)
		want   []fact
	}{
		{func(*status.Delivery) {}, []fact{{"Delivered by", "nobody at the moment", ""}, {"State", "/state", ""}}},
		{func(d *status.Delivery) { d.Running, d.PID = true, 7 }, []fact{{"Delivered by", "a process that an intake has started", "process 7"}, {"State", "/state", ""}}},
		{func(d *status.Delivery) {
			d.Service, d.Version, d.Since, d.Config = true, "0.2.0", now.Add(-time.Hour), "/c"
		},
			[]fact{{"Delivered by", "the system service", "process 7, version 0.2.0, for 1h"}, {"Configuration", "/c", ""}, {"State", "/state", ""}}},
		{func(d *status.Delivery) { d.Loaded, d.Rejected = now.Add(-time.Minute), "bad" },
			[]fact{{"Delivered by", "the system service", "process 7, version 0.2.0, for 1h"}, {"Configuration", "/c", "loaded 1m ago; the file as it is now was rejected"}, {"State", "/state", ""}}},
	} {
		if tt.change(&st.Delivery); !reflect.DeepEqual(facts(st), tt.want) {
			t.Errorf("%+v, want %+v", facts(st), tt.want)
		}
	}
	for want, s := range map[meter]status.Spool{
		{Text: "5 B in 1 file"}:  {Bytes: 5, Files: 1},
		{Text: "5 B in 2 files"}: {Bytes: 5, Files: 2},
		{Text: "1 B of 1.0 kB, in 0 files", Percent: 1, Known: true}:     {Bytes: 1, Max: 1000},
		{Text: "0 B of 1.0 kB, in 0 files", Percent: 0, Known: true}:     {Max: 1000},
		{Text: "2.0 kB of 1.0 kB, in 1 file", Percent: 100, Known: true}: {Bytes: 2000, Max: 1000, Files: 1},
	} {
		if got := spoolMeter(&s); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// TestViewOfWhatComesIn: streams and listeners are shown with all that is counted of them.
func TestViewOfWhatComesIn(t *testing.T) {
	st := &status.Status{Time: time.Unix(1e9, 0)}
	v := viewStream(st, &status.Stream{Name: "x", Lines: 1, Bytes: 2, Local: 3, Dropped: 4, LeftOut: 5}, nil)
	v.Rate = plot{}
	if want := (streamView{Name: "x", Lines: "1", Size: "2 B", Local: "3", Dropped: "4", LeftOut: "5", Lost: true}); !reflect.DeepEqual(v, want) {
		t.Errorf("%+v", v)
	}
	if viewStream(st, &status.Stream{LeftOut: 5}, nil).Lost {
		t.Error("what every server has is lost")
	}
	l := status.Listener{URL: "udp://:514", Error: "gone\x1b", Messages: 1234, Refused: map[string]uint64{"facility": 1, "priority\x1b": 2000}, Connections: 3, MaxConnections: 4}
	if got, want := viewListener(&l), (listenerView{URL: "udp://:514", Error: `gone\x1b`, Messages: "1,234", Refused: `2,000 priority\x1b, 1 facility`, Connections: "3 of 4", Odd: words.Oddities(&l)}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	l.Refused, l.MaxConnections = nil, 0
	if got := viewListener(&l); got.Refused != "0" || got.Connections != "3" {
		t.Errorf("%+v", got)
	}
}

// TestViewOfPlots: what is drawn of a consumer is named after it, with what waits and since when.
func TestViewOfPlots(t *testing.T) {
	st := healthy(0)
	st.Local.Backlog = status.Backlog{Lines: 7, Bytes: 1234, Oldest: st.Time.Add(-time.Minute)}
	s := New(Options{Status: fixed(st)})
	v := s.view(&st, nil)
	if l := v.Local; l.ID != "local" || l.Name != "Local log" || l.Where != "/var/log/httpd-syslog" || l.Level != "ok" || l.Word != "written" ||
		l.Backlog.Title != "Lines that wait for the local log" || l.Rate.Title != "Rate of the local log" || l.Backlog.Note != "1.2 kB, oldest 1m" {
		t.Errorf("%+v", l)
	}
	if r := v.Relays[0]; r.Rate.Title != "Rate of relay central" || r.Backlog.Note != "" {
		t.Errorf("%+v", r)
	}
}

// TestViewOfTimes: how long half of the lines take, and nearly all of them, as far as that is known.
func TestViewOfTimes(t *testing.T) {
	var l status.Latency
	if got := latencyFact(&l); got != (fact{"Median delay", "not known yet", ""}) {
		t.Errorf("%q", got)
	}
	l.Counts[1], l.Counts[3] = 90, 10
	half, _ := words.Within(&l, .5)
	most, _ := words.Within(&l, .99)
	if got := latencyFact(&l); half == most || got != (fact{"Median delay", words.Bound(half), "99 %: " + words.Bound(most)}) {
		t.Errorf("%q", got)
	}
}
