package main

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestLatencies: of each message with a whole stamp, and of no other.
func TestLatencies(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	stamp := func(ago time.Duration) string { return fmt.Sprint(stampMark, now.Add(-ago).UnixNano()) }
	before := []time.Duration{7}
	text := "no stamp\n" + stamp(time.Second) + " a\n" + stampMark + "xxxxxxxxxxxxxxxxxxx b\n" + stamp(time.Millisecond)
	if got := appendLatencies(before, []byte(text+"\n"+stamp(0)[:len(stampMark)+18]), now); !slices.Equal(got, []time.Duration{7, time.Second, time.Millisecond}) {
		t.Errorf("%v", got)
	}
	if got := appendLatencies(before, []byte(text), now); len(got) != 3 {
		t.Errorf("the last is left out where nothing is behind it: %v", got)
	}
}
