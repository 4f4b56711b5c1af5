package spool

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

func TestWriterHeaderOnDisk(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(WriterOptions{Dir: dir, Host: strings.Repeat("h", 2000), Stream: strings.Repeat("s", 2000)})
	defer w.Close()
	_, err := w.Write(spooltest.Sealed(1, "a\n"))
	check(t, err)
	r := NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	f, err := r.Next()
	check(t, err)
	if f == nil || f.Head.File != (frame.FileID{Writer: w.ID(), Number: 1}) || len(f.Head.Host) != frame.MaxName || len(f.Head.Stream) != frame.MaxName {
		t.Errorf("%+v", f)
	}
}

func TestWritersSortByAge(t *testing.T) {
	older, younger := newWriterID(spooltest.Time), newWriterID(spooltest.Time.Add(time.Millisecond))
	if a, b := (frame.FileID{Writer: older, Number: 9}), (frame.FileID{Writer: younger, Number: 1}); a.String() >= b.String() || a.Compare(b) >= 0 {
		t.Errorf("%v is not before %v", a, b)
	}
}

func TestPositionsAsJSON(t *testing.T) {
	w := frame.WriterID{ID: 1, PID: 2}
	three, four := frame.FileID{Writer: w, Number: 3}, frame.FileID{Writer: w, Number: 4}
	p := Positions{three: {Offset: 44, Lines: 5}, four: {Offset: 7}}
	b, err := json.Marshal(p)
	check(t, err)
	const want = `{"0000000000000001-2.000003":{"offset":44,"lines":5},"0000000000000001-2.000004":{"offset":7}}`
	if string(b) != want {
		t.Errorf("%s, want %s", b, want)
	}
	var back Positions
	check(t, json.Unmarshal(b, &back))
	clone := back.Clone()
	delete(back, four)
	if len(clone) != 2 || clone[three] != (Position{44, 5}) {
		t.Errorf("%v", clone)
	}
	if err := json.Unmarshal([]byte(`{"../x":{}}`), &back); err == nil {
		t.Error("a name that is none is taken")
	}
}
