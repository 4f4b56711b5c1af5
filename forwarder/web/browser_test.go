package web

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// browser is a headless Chromium with one page, driven over its DevTools protocol
// by a pair of pipes: JSON messages with a NUL after each.
type browser struct {
	t       *testing.T
	to      *os.File
	session string
	answers chan message

	mu   sync.Mutex
	id   int
	said []string // errors and violations that the page has reported; guarded by mu
}

type message struct {
	ID        int             `json:"id"`
	SessionID string          `json:"sessionId"`
	Method    string          `json:"method"`
	Params    json.RawMessage `json:"params"`
	Result    json.RawMessage `json:"result"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error"`
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	program := testbed.Need(t, "chromium")
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// Its processes may write into the profile for a moment after the first has ended.
	profile, err := os.MkdirTemp("", "httpd_syslog-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb", "--remote-debugging-pipe", "--user-data-dir="+profile, "about:blank")
	cmd.ExtraFiles = []*os.File{in, out}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	b := &browser{t: t, to: to, answers: make(chan message, 100)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		b.read(from)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		to.Close()
		<-read
		from.Close()
		testbed.Eventually(t, "removal of "+profile, func() bool { return os.RemoveAll(profile) == nil })
	})
	b.attach()
	return b
}

// attach takes the page that is there from the start.
func (b *browser) attach() {
	b.t.Helper()
	var created struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &created)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": created.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Accessibility"} {
		b.call(domain+".enable", nil, nil)
	}
}

// read takes in messages until the browser ends.
func (b *browser) read(from *os.File) {
	defer close(b.answers)
	for r := bufio.NewReader(from); ; {
		raw, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if err := json.Unmarshal(bytes.TrimSuffix(raw, []byte{0}), &m); err != nil {
			continue
		}
		switch {
		case m.ID != 0:
			b.answers <- m
		case m.Method == "Log.entryAdded" || m.Method == "Runtime.exceptionThrown":
			b.mu.Lock()
			b.said = append(b.said, string(m.Params))
			b.mu.Unlock()
		}
	}
}

// call sends a command and waits for its answer.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.id++
	m := map[string]any{"id": b.id, "method": method}
	if params != nil {
		m["params"] = params
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	raw, err := json.Marshal(m)
	if err == nil {
		_, err = b.to.Write(append(raw, 0))
	}
	if err != nil {
		b.t.Fatal(err)
	}
	for end := time.After(testbed.Patience); ; {
		select {
		case a, ok := <-b.answers:
			if !ok {
				b.t.Fatalf("%s: chromium has ended", method)
			}
			if a.ID != b.id {
				continue
			}
			if a.Error != nil {
				b.t.Fatalf("%s: %s", method, a.Error.Message)
			}
			if result != nil {
				if err := json.Unmarshal(a.Result, result); err != nil {
					b.t.Fatal(err)
				}
			}
			return
		case <-end:
			b.t.Fatalf("%s: no answer in %v", method, testbed.Patience)
		}
	}
}

// screen is how somebody looks at the page.
type screen struct {
	name  string
	width int
	dark  bool
}

// show opens the page on a screen.
func (b *browser) show(url string, s screen) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": s.width, "height": 1000, "deviceScaleFactor": 1, "mobile": s.width < 600}, nil)
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	testbed.Eventually(b.t, "page", func() bool {
		return b.eval(`document.readyState === "complete" && document.getElementById("state") !== null`) == "true"
	})
}

// eval returns the value of an expression as JSON.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails)
	}
	return string(r.Result.Value)
}

// text is eval for a string.
func (b *browser) text(expression string) (s string) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(b.eval(expression)), &s); err != nil {
		b.t.Fatal(err)
	}
	return s
}

// screenshot is the whole page; it is also kept in $HTTPD_SYSLOG_SCREENSHOTS, if set.
func (b *browser) screenshot(name string) image.Image {
	b.t.Helper()
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true}, &shot)
	raw, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if dir := os.Getenv("HTTPD_SYSLOG_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), raw, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	return img
}

// silent fails the test if the page has reported anything: a violation of its
// policy, an exception, something that could not be loaded.
func (b *browser) silent() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.said {
		b.t.Errorf("the page reports: %s", s)
	}
}

// leave has the browser show another page: one whose server has ended would report that.
func (b *browser) leave() {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": "about:blank"}, nil)
	testbed.Eventually(b.t, "the end of the page", func() bool { return b.eval("location.href") == `"about:blank"` })
}

// spoken is what a screen reader gets to know: role and name of each node that has one.
func (b *browser) spoken() (all []string) {
	b.t.Helper()
	type value struct{ Value any }
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name value
		}
	}
	b.call("Accessibility.getFullAXTree", nil, &tree)
	for _, n := range tree.Nodes {
		if name := fmt.Sprint(n.Name.Value); !n.Ignored && name != "" {
			all = append(all, fmt.Sprintf("%v: %s", n.Role.Value, name))
		}
	}
	return all
}
