package web

import (
	"fmt"
	"image"
	"image/color"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// story is a source whose Status a test sets.
type story struct {
	mu sync.Mutex
	st status.Status
}

func (s *story) set(st status.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st = st
}

func (s *story) status() (status.Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st, nil
}

// outage is how many lines wait so long after start: the relay is down for five
// minutes, and has caught up two minutes later.
func outage(after time.Duration) uint64 {
	const rate, end, caughtUp = 512, 5 * time.Minute, 7 * time.Minute
	switch {
	case after < 0 || after > caughtUp:
		return 0
	case after <= end:
		return uint64(after.Seconds() * rate)
	}
	return uint64(end.Seconds() * rate * float64(caughtUp-after) / float64(caughtUp-end))
}

// at is the Status of the outage, so long after its start.
func statusAt(after time.Duration) status.Status {
	if n := outage(after); n > 0 {
		st := down(after, n)
		if after > 5*time.Minute {
			st.Relays[0].State, st.Relays[0].Rate = status.RelayUp, 1792
		}
		return st
	}
	return healthy(after)
}

// act fills the history up to a time, as if the samples had been taken.
func (s *story) act(server *Server, from, to time.Duration) {
	for after := from; after <= to; after += every {
		st := statusAt(after)
		server.history.add(&st)
		s.set(st)
	}
}

var screens = []screen{
	{"desktop-light", 1280, false},
	{"desktop-dark", 1280, true},
	{"phone-light", 360, false},
	{"phone-dark", 360, true},
}

// TestPageShowsBacklog sees a backlog come and go: in numbers and in what is painted.
func TestPageShowsBacklog(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	for _, screen := range screens {
		t.Run(screen.name, func(t *testing.T) {
			b.t = t
			var s story
			server := New(Options{Status: s.status, Host: "web1.example.com", Version: "0.2.0", Age: anew})
			s.act(server, -10*time.Minute, -every)
			url := serve(t, server)

			before := painted(b, url, screen, "before", "OK everything is delivered")
			s.act(server, 0, 150*time.Second)
			early := painted(b, url, screen, "early", "WAITING relay central is down", "76,800 lines")
			s.act(server, 155*time.Second, 5*time.Minute)
			late := painted(b, url, screen, "late", "WAITING relay central is down", "153,600 lines", "connection refused")
			s.act(server, 305*time.Second, 6*time.Minute)
			shrinking := painted(b, url, screen, "shrinking", "WAITING relay central lags behind", "76,800 lines")
			s.act(server, 365*time.Second, 12*time.Minute)
			after := painted(b, url, screen, "after", "OK everything is delivered", "0 lines")
			s.act(server, 12*time.Minute+every, 18*time.Minute)
			gone := painted(b, url, screen, "gone", "OK everything is delivered", "0 lines")

			t.Logf("painted: before %v, early %v, late %v, shrinking %v, after %v, gone %v", before, early, late, shrinking, after, gone)
			if before.area != 0 || gone.area != 0 {
				t.Errorf("without a backlog its colour is there: %v before, %v long after", before, gone)
			}
			if early.area == 0 || late.area < early.area*3/2 {
				t.Errorf("the area did not grow: %v, then %v", early, late)
			}
			if late.now <= early.now/2 || shrinking.now >= late.now {
				t.Errorf("the right end did not rise and fall: %v, %v, %v", early, late, shrinking)
			}
			if after.now != 0 || after.area == 0 || after.area >= shrinking.area {
				t.Errorf("what has been delivered is not in the past: %v, after %v", after, shrinking)
			}
			b.leave()
			b.silent()
		})
	}
}

// figure is what is painted in the colour of backlogs.
type figure struct {
	area int // pixels
	now  int // the height at the right end of the plot
}

// painted opens the page, holds that the texts are there and that it fits, and
// measures the backlog of the relay.
func painted(b *browser, url string, s screen, when string, texts ...string) figure {
	b.t.Helper()
	b.show(url, s)
	wantIn(b.t, b.text(`document.body.innerText.replace(/\s+/g, " ")`), texts...)
	if w := b.eval("document.documentElement.scrollWidth"); w != strconv.Itoa(s.width) {
		b.t.Errorf("%s: the page is %s wide on a screen of %d", when, w, s.width)
	}
	img := b.screenshot(s.name + "-" + when)
	return measure(img, cssColor(b.t, "backlog-area", s.dark), plotFrame(b))
}

// plotFrame is where the backlog of the relay is plotted.
func plotFrame(b *browser) image.Rectangle {
	b.t.Helper()
	var n [4]int
	text := b.text(`(() => { const r = document.querySelector("#relay-cards .backlog svg").getBoundingClientRect();
		return [r.left, r.top + scrollY, r.right, r.bottom + scrollY].map(Math.round).join(" ") })()`)
	if _, err := fmt.Sscan(text, &n[0], &n[1], &n[2], &n[3]); err != nil {
		b.t.Fatal(err)
	}
	return image.Rect(n[0], n[1], n[2], n[3])
}

func measure(img image.Image, c color.RGBA, frame image.Rectangle) (f figure) {
	end := frame.Max.X - frame.Dx()/50 // beside the line, which has a width
	for x := frame.Min.X; x < frame.Max.X; x++ {
		for y := frame.Min.Y; y < frame.Max.Y; y++ {
			if color.RGBAModel.Convert(img.At(x, y)) == c {
				f.area++
				if x == end {
					f.now++
				}
			}
		}
	}
	return f
}

// cssColor is the value of a variable in the page's style.
func cssColor(t *testing.T, name string, dark bool) color.RGBA {
	t.Helper()
	light, night, ok := strings.Cut(pageCSS, "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("no dark colours")
	}
	css := light
	if dark {
		css = night
	}
	m := regexp.MustCompile(`--` + name + `: #([0-9a-f]{6});`).FindStringSubmatch(css)
	if m == nil {
		t.Fatalf("no colour %s", name)
	}
	n, err := strconv.ParseUint(m[1], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}
}

// TestPageRefreshesItself keeps a page open while things change, and ends its server.
func TestPageRefreshesItself(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	var s story
	s.set(healthy(0))
	server := New(Options{Status: s.status, Age: anew})
	var broken brokenServer
	url := broken.serve(t, server.handler)
	b.show(url, screens[0])
	state := func() string { return b.text(`document.getElementById("state").textContent`) }
	if got := state(); got != "OK: everything is delivered" {
		t.Errorf("state %q", got)
	}
	b.eval(`window.changes = 0; new MutationObserver(() => window.changes++).observe(document.getElementById("state"), {childList: true, characterData: true, subtree: true}); 0`)

	s.set(down(time.Minute, 100))
	testbed.Eventually(t, "refreshed state", func() bool { return strings.HasPrefix(state(), "WAITING: relay central is down since ") })
	s.set(down(2*time.Minute, 12_345))
	testbed.Eventually(t, "refreshed figures", func() bool { return strings.Contains(b.text("document.body.innerText"), "12,345 lines") })
	if n := b.eval("window.changes"); n != "1" {
		t.Errorf("a screen reader was told %s times, want once", n)
	}
	if title := b.text("document.title"); !strings.HasPrefix(title, "WAITING") {
		t.Errorf("title %q", title)
	}
	b.silent()

	broken.set(true)
	testbed.Eventually(t, "stale page says so", func() bool { return b.eval(`document.getElementById("stale").hidden`) == "false" })
	broken.set(false)
	testbed.Eventually(t, "page is fresh again", func() bool { return b.eval(`document.getElementById("stale").hidden`) == "true" })
}

// TestPageIsSpoken holds what a screen reader gets.
func TestPageIsSpoken(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	var s story
	server := New(Options{Status: s.status, Host: "web1", Age: anew})
	s.act(server, -10*time.Minute, 4*time.Minute)
	url := serve(t, server)
	for _, screen := range []screen{screens[0], screens[2]} { // rows are no table to the eye on a phone
		t.Run(screen.name, func(t *testing.T) {
			b.t = t
			b.show(url, screen)
			spoken := b.spoken()
			for _, want := range []string{
				"heading: httpd_syslog on web1",
				"heading: Central servers",
				"heading: central",
				"article: central",
				"image: Lines that wait for relay central over the last ten minutes: least 0, most 122,880, now 122,880 lines",
				"image: Rate of stream access over the last ten minutes: least 512, most 512, now 512 lines/s",
				"image: 1 % of the spool is used",
				"table: Lines taken in, since the state directory was made",
				"columnheader: Dropped",
				"rowheader: access",
				"table: What is taken in as syslog",
				"link: Status as JSON",
			} {
				if !slices.Contains(spoken, want) {
					t.Errorf("%q is not spoken; what is:\n%s", want, strings.Join(spoken, "\n"))
				}
			}
			if !slices.ContainsFunc(spoken, func(s string) bool { return strings.HasPrefix(s, "StaticText: WAITING: relay central is down since ") }) {
				t.Errorf("the state is not spoken:\n%s", strings.Join(spoken, "\n"))
			}
		})
	}
	b.silent()
}

// TestHostileTextStaysText has a browser meet names and errors that others have made up.
func TestHostileTextStaysText(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	const script = `"'><script>window.hit = 1</script><img src=x onerror="window.hit = 2">{{.}}` + "\x1b[31m\u202e"
	st := down(time.Minute, 10)
	st.Relays[0].Name, st.Relays[0].Servers, st.Relays[0].Error = script, []string{"javascript:alert(1)//" + script}, script
	st.Streams[0].Name = script
	st.Local.Dir, st.Local.Error = script, script
	st.Listeners[0].URL, st.Listeners[0].Error, st.Listeners[0].Refused = script, script, map[string]uint64{script: 1}
	st.Delivery.Config, st.Delivery.Rejected, st.Delivery.Version, st.StateDir = script, script, script, script
	server := New(Options{Status: fixed(st), Host: script, Version: script})
	server.history.add(&st)
	b.show(serve(t, server), screens[0])
	if hit := b.eval("String(window.hit)"); hit != `"undefined"` {
		t.Errorf("a script of somebody else's has run: %s", hit)
	}
	if n := b.eval(`document.querySelectorAll("img, script").length`); n != "1" {
		t.Errorf("the page has %s scripts and images, want its own script alone", n)
	}
	if text := b.text("document.body.textContent"); !strings.Contains(text, "<script>window.hit = 1</script>") {
		t.Errorf("the text itself is not shown:\n%s", text)
	}
	b.silent()
}

// TestOtherPages looks at the page in its rarer states.
func TestOtherPages(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	failing := down(10*time.Minute, 1_234_567)
	failing.Local.Error, failing.Local.Since = "write /var/log/httpd-syslog/access_log: no space left on device", start
	failing.Local.Backlog = status.Backlog{Lines: 200_000, Bytes: 36_000_000, Oldest: start}
	failing.Spool = status.Spool{Files: 140, Bytes: 9_100_000_000, Max: 10_000_000_000}
	failing.Delivery.Rejected = "/etc/httpd-syslog/httpd_syslog.toml:12: [spool] when_full: \"burn\" is not known here (use drop or block)"
	failing.Streams[0].Dropped, failing.Streams[0].LeftOut = 1_234, 56_789
	failing.Listeners[1].Error = "listen tcp 0.0.0.0:1514: address already in use"
	second := healthy(0).Relays[0]
	second.Name, second.Servers = "archive-of-the-security-department", []string{"relp+tls://a-long-name.security.department.example.com:2514"}
	failing.Relays = append(failing.Relays, second)

	bare := healthy(0)
	bare.Delivery, bare.Relays, bare.Listeners = status.Delivery{}, nil, nil
	bare.Local.Rate = 0
	nobody := down(10*time.Minute, 5)
	nobody.Delivery = status.Delivery{}
	nobody.Relays[0].State = status.RelayUnknown

	for name, page := range map[string]struct {
		status func() (status.Status, error)
		texts  []string
	}{
		"failing": {fixed(failing), []string{"FAILING the local log is not written", "no space left on device", "WARNING the spool is nearly full", "9.1 GB of 10 GB",
			"WARNING the configuration was rejected", "WARNING nothing is taken in on tcp://0.0.0.0:1514", "WAITING relay central is down"}},
		"bare":    {fixed(bare), []string{"OK everything is in the local log", "Local files only.", "nobody at the moment", "None: lines come from Apache's pipes alone."}},
		"nobody":  {fixed(nobody), []string{"FAILING nobody delivers", "systemctl start httpd-syslog", "not known"}},
		"unknown": {func() (status.Status, error) { return status.Status{}, errSlow }, []string{"UNKNOWN the state cannot be read", errSlow.Error()}},
	} {
		for _, screen := range []screen{screens[0], screens[3]} {
			t.Run(name+"-"+screen.name, func(t *testing.T) {
				b.t = t
				b.show(serve(t, New(Options{Status: page.status, Host: "web1.example.com", Version: "0.2.0"})), screen)
				wantIn(t, b.text(`document.body.innerText.replace(/\s+/g, " ")`), page.texts...)
				if w := b.eval("document.documentElement.scrollWidth"); w != strconv.Itoa(screen.width) {
					t.Errorf("the page is %s wide on a screen of %d", w, screen.width)
				}
				b.screenshot(name + "-" + screen.name)
			})
		}
	}
}
