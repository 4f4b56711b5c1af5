package retention

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"httpd-syslog/forwarder/event"
)

// TestFailures: each kind is told with the error of its first path, or as over; files are counted, and what failed in a
// directory is forgotten when it is tried again.
func TestFailures(t *testing.T) {
	f := make(failures)
	told := func() (all []string) {
		f.tell(func(kind *event.Kind, subject string, err error) {
			all = append(all, fmt.Sprint(kind.Code, subject, " ", err))
		})
		return all
	}
	over := []string{"rotated.unseen <nil>", "rotated.kept <nil>", "rotated.uncompressed <nil>", "rotated.unrecorded <nil>"}
	if got := told(); !slices.Equal(got, over) || f.files() != 0 || f.text() != "" {
		t.Errorf("of nothing: %q, %d files, %q", got, f.files(), f.text())
	}
	f.set(compressing, "/log/b", errors.New("second"))
	f.set(compressing, "/log/a", errors.Join(errors.New("first"), errors.New("more")))
	f.set(recording, "/state/rotated", errors.New("no record"))
	if f.text() != "rotated files cannot be compressed: first; more" {
		t.Errorf("%q", f.text())
	}
	f.set(removing, "/log/c", errors.New("immutable"))
	f.set(scanning, "/log/below", errors.New("not to be read"))
	f.set(removing, "/log/d", errors.New("for a while"))
	f.set(removing, "/log/d", nil)
	want := []string{"rotated.unseen not to be read", "rotated.kept immutable", "rotated.uncompressed first\nmore", "rotated.unrecorded no record"}
	if got := told(); !slices.Equal(got, want) || f.files() != 4 {
		t.Errorf("%q, %d files", got, f.files())
	}
	for dir, has := range map[string]bool{"/log": true, "/log/below": true, "/log/a": true, "/log/z": false, "/": false} {
		if f.in(dir) != has {
			t.Errorf("%s has an error: %v", dir, !has)
		}
	}
	if f.clear("/log"); f.in("/log") || f.files() != 0 {
		t.Errorf("%d files are left of what is tried again", f.files())
	}
	want = slices.Replace(slices.Clone(over), 3, 4, "rotated.unrecorded no record")
	if got := told(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
