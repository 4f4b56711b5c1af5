package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/words"
)

// tenThousand are senders of whom one has lost lines, and another one is silent, and their status.
func tenThousand() (all []status.Sender, st status.Status) {
	st = healthy(0)
	c := &status.Collect{Dir: "/srv/central"}
	for n := range 10_000 {
		s := status.Sender{Name: fmt.Sprintf("web%05d.example.com", n), Last: st.Time.Add(-time.Duration(n%60) * time.Second), Delay: time.Duration(n%300) * time.Millisecond, Rate: .5}
		s.Messages, s.Repeated = uint64(1000+n), uint64(n%7)
		switch n {
		case 4711:
			s.Missing = 12
		case 815:
			s.Silent, s.Last, s.Rate = true, st.Time.Add(-time.Hour), 0
		}
		all = append(all, s)
		c.Add(s)
	}
	c.Shorten()
	st.Collect = c
	st.Listeners = append(st.Listeners, status.Listener{URL: "relp+tls://:2514", Until: st.Time.Add(80 * 24 * time.Hour),
		Clients: []status.Client{{Name: "Web04711.example.com", Until: st.Time.Add(5*24*time.Hour + time.Minute)}}})
	return all, st
}

func senderServer(t *testing.T) (url string) {
	t.Helper()
	all, st := tenThousand()
	return serve(t, New(Options{Status: fixed(st), Senders: func() ([]status.Sender, error) { return all, nil }, Host: "log1", Version: "0.2.0"}))
}

// TestSendersPages: pages of all senders are small, however many there are and whatever is asked for.
func TestSendersPages(t *testing.T) {
	base := senderServer(t)
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"", []string{"10,000 senders", "page 1 of 200", "web04711.example.com", "5 days", `href="senders?by=worst&amp;page=2"`}},
		{"?page=200&by=name", []string{"web09999.example.com", "page 200 of 200", `href="senders?by=name&amp;page=199"`, `aria-sort="ascending"`}},
		{"?q=WEB0471&by=missing", []string{"10 of 10,000 senders", "page 1 of 1", `value="WEB0471"`, `href="senders?by=name&amp;q=WEB0471"`}},
		{"?q=nobody", []string{"0 of 10,000 senders"}},
		{"?page=-1&by=%00", []string{"page 1 of 200"}},
		{"?page=99999999999999999999", []string{"page 200 of 200"}},
		{"?q=" + url.QueryEscape("\"><script>alert(1)</script>"), []string{"0 of 10,000 senders", "&#34;&gt;&lt;script&gt;"}},
		{"?q=" + strings.Repeat("x", 5000), []string{"0 of 10,000 senders"}},
	} {
		resp, body := get(t, base+"/senders"+tt.query)
		if resp.StatusCode != http.StatusOK || len(body) > 100<<10 || strings.Contains(body, "<script>alert") {
			t.Errorf("%s: %s, %d bytes", tt.query, resp.Status, len(body))
		}
		wantIn(t, body, tt.want...)
	}
	if _, body := get(t, base+"/"); len(body) > 100<<10 || strings.Contains(body, "web00000.example.com") {
		t.Errorf("the overview has %d bytes", len(body))
	}
	_, body := get(t, serve(t, New(Options{Status: fixed(healthy(0))}))+"/senders")
	wantIn(t, body, "nothing is collected here")
	_, st := tenThousand()
	unread := New(Options{Status: fixed(st), Senders: func() ([]status.Sender, error) { return nil, errors.New("it is damaged\x1b[2J") }})
	resp, body := get(t, serve(t, unread)+"/senders")
	if wantIn(t, body, "The senders cannot be read: it is damaged", "page 1 of 1", `value=""`); resp.StatusCode != http.StatusServiceUnavailable || strings.Contains(body, "\x1b") {
		t.Error(resp.Status, body)
	}
}

// TestSenderMetricsAreBounded: of many senders those have series with which something is wrong.
func TestSenderMetricsAreBounded(t *testing.T) {
	_, st := tenThousand()
	ours, _ := metrics(t, st)
	var of []string
	for _, line := range ours {
		if strings.HasPrefix(line, "httpd_syslog_sender_") {
			of = append(of, line)
		}
	}
	if len(of) != 6 || !slices.Contains(of, `httpd_syslog_sender_missing{sender="web04711.example.com"} 12`) || !slices.Contains(of, `httpd_syslog_sender_silent{sender="web00815.example.com"} 1`) {
		t.Errorf("%d series: %q", len(of), of[:min(len(of), 20)])
	}
	if !slices.Contains(ours, `httpd_syslog_collect_senders 10000`) || !slices.Contains(ours, fmt.Sprintf(`httpd_syslog_listener_certificate_expiry_timestamp_seconds{listener="relp+tls://:2514"} %g`, float64(st.Time.Add(80*24*time.Hour).Unix()))) {
		t.Errorf("%q", ours)
	}
	if want := fmt.Sprintf(`httpd_syslog_client_certificate_expiry_timestamp_seconds{client="Web04711.example.com",listener="relp+tls://:2514"} %g`, float64(st.Time.Add(5*24*time.Hour+time.Minute).Unix())); !slices.Contains(ours, want) {
		t.Errorf("there is no %s in %q", want, ours)
	}
}

// TestViewOfACollector: each figure stands under its name, the worst senders below, and what cannot be written is told.
func TestViewOfACollector(t *testing.T) {
	if facts, v := viewCollector(&status.Status{}); facts != nil || v != nil {
		t.Errorf("where nothing is collected: %v, %+v", facts, v)
	}
	st := &status.Status{Time: time.Unix(1e9, 0), Collect: &status.Collect{
		Known: 1001, Silent: 2, SenderCounts: status.SenderCounts{Missing: 3003, Late: 4, Lost: 5, Messages: 6006, Repeated: 7}, Backlog: status.Backlog{Lines: 8},
	}}
	for range worstShown + 1 {
		st.Collect.Senders = append(st.Collect.Senders, status.Sender{Name: "web\x1b1"})
	}
	want := []fact{
		{"Senders", "1,001", "2 silent"}, {"Missing", "3,003", "numbers"}, {"Came late", "4", "numbers"}, {"Explained", "5", "numbers"},
		{"Written", "6,006", "messages"}, {"Not written again", "7", ""}, {"Waiting", "8", "messages"},
	}
	facts, v := viewCollector(st)
	if !slices.Equal(facts, want) || len(v.Rows) != worstShown || v.Caption != "The worst of them" {
		t.Errorf("%q, %d rows, %s", facts, len(v.Rows), v.Caption)
	}
	if got, want := v.Rows[0], (senderView{Name: `web\x1b1`, Last: "never", Rate: words.Rate(0), Delay: words.Delay(0), Missing: "0", Repeated: "0", Messages: "0", Certificate: "–"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for i, head := range v.Columns {
		if head.Name != columns[i].name || head.Number != (i > 0) || head.Sort != columns[i].sort || head.Href != "" || head.Here {
			t.Errorf("%+v", head)
		}
	}
	st.Collect.Error, st.Collect.Known = "no\x1bdisk", worstShown
	facts, v = viewCollector(st)
	if last := facts[len(facts)-1]; last != (fact{"Not written", `no\x1bdisk`, ""}) || v.Caption != "The worst first" {
		t.Errorf("%q, %s", last, v.Caption)
	}
}

// TestSendersInABrowser: with 10,000 senders the overview has the worst, a search finds any, heads sort, and a
// refresh does not take away what somebody types.
func TestSendersInABrowser(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	base := senderServer(t)
	text := func() string { return b.text(`document.body.innerText.replace(/\s+/g, " ")`) }
	first := func() string { return b.text(`document.querySelector("#sender-table tbody th").innerText`) }
	for _, screen := range screens {
		b.show(base+"/", screen)
		wantIn(t, text(), "web04711.example.com", "silent", "All senders", "10,000")
		if n := b.eval(`document.querySelectorAll("#sender-table tbody tr").length`); n != "10" {
			t.Errorf("%s senders in the overview", n)
		}
		b.screenshot("centre-" + screen.name)
		b.show(base+"/senders", screen)
		if w := b.eval("document.documentElement.scrollWidth"); w != strconv.Itoa(screen.width) {
			t.Errorf("the page is %s wide on a screen of %d", w, screen.width)
		}
		b.screenshot("senders-" + screen.name)
	}
	b.show(base+"/senders", screens[0])
	if got := first(); got != "web04711.example.com" {
		t.Errorf("the first is %q, not the worst", got)
	}
	b.eval(`document.getElementById("q").value = "web0999"; document.querySelector("form.search button").click(); 0`)
	testbed.Eventually(t, "the search", func() bool {
		return b.eval(`document.readyState === "complete" && location.search.includes("q=web0999") && document.querySelectorAll("#sender-table tbody tr").length === 10`) == "true"
	})
	wantIn(t, text(), "10 of 10,000 senders")
	b.eval(`[...document.querySelectorAll("#sender-table thead a")].find(a => a.textContent === "Sender").click(); 0`)
	testbed.Eventually(t, "the order", func() bool {
		return b.eval(`document.readyState === "complete" && location.search.includes("by=name")`) == "true" && first() == "web09990.example.com"
	})
	b.eval(`document.getElementById("q").value = "half typ"; document.querySelector("#sender-table tbody").remove(); 0`)
	testbed.Eventually(t, "a refresh", func() bool { return b.eval(`document.querySelectorAll("#sender-table tbody tr").length`) == "10" })
	if got := b.text(`document.getElementById("q").value`); got != "half typ" {
		t.Errorf("what was typed is %q", got)
	}
	b.show(base+"/senders?by=delay", screens[0])
	b.eval(`document.querySelector("a[rel=next]").click(); 0`)
	testbed.Eventually(t, "the next page", func() bool {
		return b.eval(`location.search.includes("page=2")`) == "true" && strings.Contains(text(), "page 2 of 200")
	})
	b.silent()
}
