package cards

import (
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/cardnumber"
	"httpd-syslog/forwarder/event"
)

// TestTell: the first number of a network is told at once, later ones hourly, and all at the end; what
// could not be told is told later.
func TestTell(t *testing.T) {
	w := New("access", Rules{Action: Truncate, Numbers: cardnumber.Rules{Except: []string{"id="}}})
	now := time.Unix(1_800_000_000, 0)
	able := true
	tell := func(all bool) string {
		var told []string
		w.Tell(now, all, func(e event.Event) bool {
			if able {
				told = append(told, e.String())
			}
			return able
		})
		return strings.Join(told, "\n")
	}
	want := func(step, got string, parts ...string) {
		t.Helper()
		if strings.Count(got, "\n")+1 != len(parts) && got != "" || got == "" && len(parts) > 0 {
			t.Errorf("%s: told %q", step, got)
		}
		for _, part := range parts {
			if !strings.Contains(got, part) {
				t.Errorf("%s: told %q, not %q", step, got, part)
			}
		}
	}
	look := func(line string) { w.Lines([]byte(line)) }
	want("nothing", tell(false))
	look("4111111111111111 id=4111111111111111\n")
	able = false
	want("no space", tell(false))
	able = true
	want("first", tell(false), "cards.truncated count=1 network=visa stream=access", "cards.excepted count=1 stream=access")
	look("4111111111111111 378282246310005\n")
	look("4111111111111111\n")
	want("within the hour", tell(false), "count=1 network=amex")
	now = now.Add(Every)
	want("after an hour", tell(false), "count=2 network=visa")
	want("nothing more", tell(false))
	look("4111111111111111\n")
	want("within the next", tell(false))
	want("at the end", tell(true), "count=1 network=visa")
}

func TestActions(t *testing.T) {
	for action, want := range map[Action]string{Report: "4111111111111111 ", Truncate: "411111******1111 ", Off: "4111111111111111 "} {
		w := New("s", Rules{Action: action})
		b := []byte("4111111111111111 ")
		w.Lines(b)
		if string(b) != want || w.HasNews() != (action != Off) {
			t.Errorf("%v: %q, news %v", action, b, w.HasNews())
		}
	}
	var none *Watch
	none.Lines([]byte("4111111111111111"))
	none.Cut(nil)
	none.Tell(time.Now(), true, nil)
}

// TestRedact: what a sender says does not bring a card number into an event.
func TestRedact(t *testing.T) {
	e := event.ListenerNoPRI.With("listener", "tcp://:514", "messages", 4111111111111111, "sample", "x 4111111111111111 y 411111111111")
	got := Rules{Action: Truncate}.Redact(e).String()
	if strings.Contains(got, "41111111") || !strings.Contains(got, "x 411111******1111 y 411111******") {
		t.Error(got)
	}
	if got := (Rules{}).Redact(e).String(); got != e.String() {
		t.Error(got)
	}
}
