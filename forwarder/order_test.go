package forwarder

import (
	"fmt"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestLinesByTimeOfReceipt: what several pipes have brought while nobody delivered comes out in the
// order in which it came in, locally and at the server, over several files of the spool.
func TestLinesByTimeOfReceipt(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t, relayTo(c, "central"))
	writers := []*testbed.LineWriter{s.writer("access"), s.writer("access"), s.writer("access")}
	var want strings.Builder
	const n = 300
	for i := range n {
		w := writers[i*i%len(writers)]
		w.Text(fmt.Sprintf("line %d\n", i))
		fmt.Fprintf(&want, "line %d\n", i)
		if i%50 == 49 {
			w.Close()
		}
	}
	for _, w := range writers {
		w.Close()
	}
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if s.local("access_log") != want.String() {
		t.Errorf("the local file has another order: %.200q", s.local("access_log"))
	}
	var got strings.Builder
	for _, m := range c.Lines() {
		got.WriteString(m.Text + "\n")
	}
	if got.String() != want.String() {
		t.Errorf("the server has another order: %.200q", got.String())
	}
}
