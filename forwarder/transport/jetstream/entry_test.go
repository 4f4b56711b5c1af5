package jetstream

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestMessagesOf: content is messages, or it is known up to where it is.
func TestMessagesOf(t *testing.T) {
	for _, c := range []struct {
		content string
		want    string // messages, each with | behind
		flaw    int    // -1: none
	}{
		{"", "", -1},
		{"1 a", "a|", -1},
		{"1 a10 0123456789", "a|0123456789|", -1},
		{"3 \n \n2 1 ", "\n \n|1 |", -1},
		{"1 a ", "a|", 3},
		{"1 ab", "a|", 3},
		{"2 a", "", 0},
		{"0 ", "", 0},
		{"01 a", "", 0},
		{" a", "", 0},
		{"-1 a", "", 0},
		{"1", "", 0},
		{"1 a99999999999999999999 a", "a|", 3},
		{"999999999 a", "", 0},
	} {
		var got strings.Builder
		n, err := messagesOf([]byte(c.content), func(m []byte) error { got.Write(append(m[:len(m):len(m)], '|')); return nil })
		if got.String() != c.want || n != strings.Count(c.want, "|") {
			t.Errorf("%q has messages %q, not %q", c.content, got.String(), c.want)
		}
		flaw, is := errors.AsType[*flawError](err)
		if is != (c.flaw >= 0) || is && flaw.at != c.flaw {
			t.Errorf("%q: %v", c.content, err)
		}
	}
	stop := errors.New("stop")
	if n, err := messagesOf([]byte("1 a1 b"), func([]byte) error { return stop }); n != 0 || err != stop {
		t.Errorf("%d, %v", n, err)
	}
}

// TestAppendLine: a line is one line, whatever a message has.
func TestAppendLine(t *testing.T) {
	for message, want := range map[string]string{"a": "a\n", "": "\n", "a\nb": "a#012b\n", "\n\n": "#012#012\n", "a\r\x00": "a\r\x00\n"} {
		if got := string(appendLine(nil, []byte(message))); got != want {
			t.Errorf("%q becomes %q, not %q", message, got, want)
		}
	}
}

// TestTimeOf: the TIMESTAMP of a message.
func TestTimeOf(t *testing.T) {
	if got := timeOf([]byte("<141>1 2026-07-01T12:00:00.000001+02:00 web1 a b c - x")); !got.Equal(time.Date(2026, 7, 1, 10, 0, 0, 1000, time.UTC)) {
		t.Error(got)
	}
	for _, m := range []string{"", "<141>1", "<141>1 - a", "<141>Jul  1 12:00:00 x", "<141>1 " + strings.Repeat("2", 1000) + " a"} {
		if got := timeOf([]byte(m)); !got.IsZero() {
			t.Errorf("%q is of %v", m, got)
		}
	}
}

// FuzzMessagesOf: whatever an entry has, messages are parts of it, one behind the other, and framed again they are what was
// read; lines have no LF but at their ends.
func FuzzMessagesOf(f *testing.F) {
	for _, s := range []string{"", "1 a", "10 0123456789", "3 \n \n1 x", "1 a1", "00 ", "99999999999 a", "1 a 1 b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		var again, line []byte
		n, err := messagesOf(content, func(m []byte) error {
			again = append(fmt.Appendf(again, "%d ", len(m)), m...)
			line = appendLine(line[:0], m)
			if bytes.IndexByte(line, '\n') != len(line)-1 || len(line) != len(m)+1+3*bytes.Count(m, []byte("\n")) {
				t.Errorf("the line of %q is %q", m, line)
			}
			timeOf(m)
			return nil
		})
		if !bytes.HasPrefix(content, again) || (err == nil) != (len(again) == len(content)) {
			t.Errorf("%q is read as %d messages %q: %v", content, n, again, err)
		}
		if flaw, is := errors.AsType[*flawError](err); err != nil && (!is || flaw.at != len(again)) {
			t.Errorf("the flaw is %v, behind %d bytes", err, len(again))
		}
	})
}
