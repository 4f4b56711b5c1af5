package consumer

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/status"
)

// TestRelayHealth: the status has what a relay has told last, and is told of each change of its state.
func TestRelayHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := func(s int64) time.Time { return time.Unix(1e9+s, 0) }
		count := cursor.RelayCount{Lines: 6, Repeated: 5, GivenUp: 4, Failures: 3, Refused: 2, Aside: 1}
		news := 0
		p := NewProgress(ProgressOptions{News: func() { news++ }})
		want := status.Relay{State: status.RelayStarts, Since: at(1)}
		want.SetCount(count)
		for _, step := range []struct {
			what string
			tell func()
			want func()
			news int
		}{
			{"it starts", func() { p.Starts(count, at(1)) }, func() {}, 0},
			{"its first session", func() { p.Connected("a") }, func() { want.Server, want.State, want.Since = "a", status.RelayUp, time.Now() }, 1},
			{"an outage", func() { p.Down("b", "no route", at(9), at(7)) }, func() {
				want.Server, want.State, want.Since, want.Error, want.ErrorAt = "b", status.RelayDown, at(7), "no route", at(9)
			}, 1},
			{"a session that may not stand", func() { p.Connected("c") }, func() { want.Server = "c" }, 0},
			{"a session that stands", func() { p.Up("d", at(11)) }, func() { want.Server, want.State, want.Since = "d", status.RelayUp, at(11) }, 1},
			{"lines", func() { p.Sent(cursor.RelayCount{Lines: 8}, at(12), at(15)) }, func() {
				want.SetCount(cursor.RelayCount{Lines: 8})
				want.Latency.Observe(at(12), at(15))
			}, 0},
			{"nothing but repeats", func() { p.Sent(cursor.RelayCount{Lines: 9}, time.Time{}, at(15)) }, func() { want.SetCount(cursor.RelayCount{Lines: 9}) }, 0},
		} {
			news = 0
			step.tell()
			step.want()
			if got := p.RelayHealth(); !reflect.DeepEqual(got, want) || news != step.news {
				t.Errorf("%s: %+v, want\n%+v, told %d times", step.what, got, want, news)
			}
			time.Sleep(time.Second)
		}
		p.Sent(cursor.RelayCount{}, at(12), at(13))
		if first, second := p.TakeSlowest(), p.TakeSlowest(); first != 3*time.Second || second != 0 {
			t.Errorf("the slowest line took %v, then %v", first, second)
		}
	})
}

// TestLocalHealth: likewise of the local log and of a collector. What fails, has failed since it began to.
func TestLocalHealth(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(1e9+s, 0) }
	news := 0
	p := NewProgress(ProgressOptions{News: func() { news++ }})
	var want status.Local
	var collect status.Collect
	seals := &status.Seals{Count: 7}
	for _, step := range []struct {
		what string
		tell func()
		want func()
		news int
	}{
		{"it fails", func() { p.Failing("no space", at(1)) }, func() { want.Error, want.Since = "no space", at(1) }, 1},
		{"it fails for another reason", func() { p.Failing("no disk", at(2)) }, func() { want.Error = "no disk" }, 1},
		{"seals", func() { p.Sealed(seals) }, func() { want.Seals = seals }, 0},
		{"lines", func() { p.Wrote(at(1), at(3)) }, func() { want.Latency.Observe(at(1), at(3)) }, 0},
		{"files", func() { p.Files([]status.HeldFile{{File: "f"}}, []cursor.Found{{File: "g"}}) }, func() {
			want.Held, want.Found = []status.HeldFile{{File: "f"}}, []cursor.Found{{File: "g"}}
		}, 0},
		{"a collector", func() { p.Collected(&status.Collect{Known: 5}) }, func() { collect.Known = 5 }, 0},
		{"it is over", func() { p.Failing("", at(4)) }, func() { want.Error, want.Since = "", time.Time{} }, 1},
		{"it fails again", func() { p.Failing("no space", at(5)) }, func() { want.Error, want.Since = "no space", at(5) }, 1},
	} {
		news = 0
		step.tell()
		step.want()
		if got := p.LocalHealth(); !reflect.DeepEqual(got, want) || news != step.news {
			t.Errorf("%s: %+v, want\n%+v, told %d times", step.what, got, want, news)
		}
		collect.Error, collect.Since = want.Error, want.Since
		if got := p.CollectHealth(); !reflect.DeepEqual(got, collect) {
			t.Errorf("%s: the collector is %+v, want\n%+v", step.what, got, collect)
		}
	}
}

// TestNobodyWantsNews: a consumer whose state nobody asked for tells it all the same.
func TestNobodyWantsNews(t *testing.T) {
	p := NewProgress(ProgressOptions{})
	p.Failing("no space", time.Now())
	p.Up("a", time.Now())
}
