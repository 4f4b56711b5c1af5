package main

import (
	"slices"
	"testing"
	"time"
)

// TestLatencies: of each line of an entry, also where the next message begins with a digit behind it.
func TestLatencies(t *testing.T) {
	now := time.Unix(1795819068, 500)
	data := []byte("91 <141>1 - - - - - - sent=179581906800000010088 <141>1 - - - - - - sent=1795819068000000300")
	got := appendLatencies(nil, data, now)
	if want := []time.Duration{400, 200}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
