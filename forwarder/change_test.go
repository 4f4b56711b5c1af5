package forwarder

import (
	"testing"

	"httpd-syslog/forwarder/statedir"
)

// TestMovedLog: where the local log was is known from the record of the consumers, once.
func TestMovedLog(t *testing.T) {
	t.Parallel()
	dir := statedir.Dir(t.TempDir())
	must(t, dir.Make())
	for i, tt := range []struct{ logDir, was string }{{"/a", ""}, {"/a", ""}, {"/b", "/a"}, {"/b", ""}, {"/a", "/b"}} {
		ch, err := adopt(&statedir.ConsumerSet{Config: "test", Digest: tt.logDir, LogDir: tt.logDir}, dir, false)
		if err != nil || ch.unrecorded != nil || ch.logDir != tt.was {
			t.Errorf("%d: the log was in %q, want %q; %v, %v", i, ch.logDir, tt.was, err, ch.unrecorded)
		}
	}
}
