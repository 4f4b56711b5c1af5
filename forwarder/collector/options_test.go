package collector

import (
	"io/fs"
	"reflect"
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/collector/pattern"
	"httpd-syslog/forwarder/collector/trail"
)

// TestNap: a short step makes a short nap, and no step one longer than the longest.
func TestNap(t *testing.T) {
	for _, c := range []struct {
		timing     Timing
		took, want time.Duration
	}{
		{Timing{}, 0, 0},
		{Timing{}, 50 * time.Microsecond, 1200 * time.Microsecond},
		{Timing{}, 800 * time.Microsecond, 19200 * time.Microsecond},
		{Timing{}, time.Millisecond, 20 * time.Millisecond},
		{Timing{}, time.Minute, 20 * time.Millisecond},
		{Timing{Nap: time.Millisecond}, time.Second, time.Millisecond},
	} {
		if got := c.timing.napAfter(c.took); got != c.want {
			t.Errorf("%+v behind a step of %v: %v", c.timing, c.took, got)
		}
	}
}

// TestEqual: a collector with another option is another one, but for what is the same for the life of the process.
func TestEqual(t *testing.T) {
	file, err := pattern.Parse("{sender}/{date}.log")
	must(t, err)
	same := map[string]bool{"Limits": true, "Hop": true, "Timing": true}
	for i := range reflect.TypeFor[Options]().NumField() {
		var o, p Options
		field := reflect.ValueOf(&p).Elem().Field(i)
		switch f := field.Addr().Interface().(type) {
		case *string:
			*f = "x"
		case *[]string:
			*f = []string{"x"}
		case *bool:
			*f = true
		case *time.Duration:
			*f = 1
		case *fs.FileMode:
			*f = 1
		case *pattern.Pattern:
			*f = file
		case *numbers.Limits:
			f.Rows = 1
		case *trail.Hop:
			*f = "x"
		case *Timing:
			f.Keep = 1
		default:
			t.Fatalf("what is another %T?", f)
		}
		if name := reflect.TypeFor[Options]().Field(i).Name; o.Equal(&p) != same[name] || !p.Equal(&p) {
			t.Errorf("with another %s: equal is %v", name, o.Equal(&p))
		}
	}
}
