package words

import (
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/status"
)

// TestCollector: what is missing, who is silent, and files that cannot be written are findings; names are shown
// as what they are.
func TestCollector(t *testing.T) {
	c := &status.Collect{Dir: "/srv/central"}
	c.Add(status.Sender{Name: "web1", Last: time.Unix(0, 0), SenderCounts: status.SenderCounts{Messages: 1234}})
	st := &status.Status{Collect: c}
	if all := collector(st); len(all) > 0 || collector(&status.Status{}) != nil {
		t.Errorf("%+v", all)
	}
	c.Error, c.Elsewhere, c.ElsewhereCause = "no space\x1b[2J", 2, "no directory\x1b[2J"
	c.Add(status.Sender{Name: "web2", SenderCounts: status.SenderCounts{Missing: 7}})
	for range 9 {
		c.Add(status.Sender{Name: "web3", Silent: true})
	}
	c.Shorten()
	all := collector(st)
	if len(all) != 4 {
		t.Fatalf("%+v", all)
	}
	for i, want := range []string{"cannot be written", "go elsewhere: 2 files; no directory", "7 numbers did not come, and no event says why: web2;", "senders are silent: web3, web3, web3, web3, web3, …"} {
		if got := all[i].String(); !strings.Contains(got, want) || strings.Contains(got, "\x1b") || all[i].Level != Failing {
			t.Errorf("%q, want %q", got, want)
		}
	}
	text := Collected(st)
	if !strings.Contains(text, "from 11 senders, 9 of them silent: 1,234 messages") || !strings.Contains(text, "SILENT") || !strings.HasPrefix(text, "collected in /srv/central\n") {
		t.Error(text)
	}
	if !strings.HasSuffix(text, "\n    and 1 more: these are the worst; --sender NAME shows any, --json all\n") || strings.Count(text, "\n    web") != 10 {
		t.Error(text)
	}
	if c.Returned = 1; strings.Contains(text, "came back") || !strings.Contains(Collected(st), "came back") {
		t.Error(Collected(st))
	}
	if c.Returned = 1000; !strings.Contains(Collected(st), "\n    1,000 messages came back from where they had been sent, and were left out\n") {
		t.Error(Collected(st))
	}
	st.Time, st.Delivery.Running = time.Unix(100_000, 0), true
	for _, tt := range []struct {
		seals status.CollectSeals
		want  string
		late  bool
	}{
		{status.CollectSeals{}, "none yet", false},
		{status.CollectSeals{Chain: "aa", N: 7}, "seal 7 of chain aa", false},
		{status.CollectSeals{Chain: "aa", N: 1812, At: st.Time.Add(-40 * time.Second), Since: st.Time.Add(-time.Minute), Files: 3, Bytes: 900}, "seal 1,812, 40s ago, of chain aa; 900 B of 3 files not sealed for 1m", false},
		{status.CollectSeals{Chain: "aa", N: 1, At: st.Time.Add(-time.Hour), Since: st.Time.Add(-11 * time.Minute), Files: 1, Bytes: 1}, "seal 1, 1h ago, of chain aa; 1 B of 1 files not sealed for 11m", true},
		{status.CollectSeals{Chain: "aa", N: 1, At: st.Time.Add(-time.Hour), Since: st.Time.Add(-11 * time.Minute), Files: 1, Bytes: 1, Every: time.Hour}, "seal 1, 1h ago, of chain aa; 1 B of 1 files not sealed for 11m", false},
	} {
		c.Seals = &tt.seals
		late := slices.ContainsFunc(collector(st), func(f Finding) bool { return f.Level == Warning && f.What == "files of [collect] are not sealed" })
		if text := Collected(st); !strings.Contains(text, "\n    seals: "+tt.want+"\n") || late != tt.late {
			t.Errorf("late %v:\n%s, want %s", late, text, tt.want)
		}
	}
	if Collected(&status.Status{}) != "" {
		t.Error("nothing is collected")
	}
}

// TestSender: a line has all that is known of a sender, and its name as what it is.
func TestSender(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	st := &status.Status{Time: now, Listeners: []status.Listener{{Clients: []status.Client{{Name: "web1", Until: now.AddDate(0, 0, 2)}}}}}
	counts := status.SenderCounts{Messages: 1234, Missing: 5, Repeated: 6}
	for want, s := range map[string]status.Sender{
		"web1: last heard 2026-03-10 11:59:58, 1.235s late, 1,234 messages (2.5/s), 5 missing, 6 not written again, its certificate expires in 2 days": {Name: "web1", Last: now.Add(-2 * time.Second), Delay: 1234567 * time.Microsecond, Rate: 2.5, SenderCounts: counts},
		`\x1b: SILENT, last heard 2026-03-09 12:00:00, 1m late, 1,234 messages (0/s), 5 missing, 6 not written again`:                                  {Name: "\x1b", Last: now.AddDate(0, 0, -1), Silent: true, Delay: time.Minute, SenderCounts: counts},
		"web2: SILENT, never heard, 0s late, 0 messages (0/s), 0 missing, 0 not written again":                                                         {Name: "web2", Silent: true, Delay: -time.Second},
	} {
		if got := Sender(st, &s); got != want {
			t.Errorf("%s, want\n%s", got, want)
		}
	}
}
