package syslogparse

import (
	"testing"
	"time"
	_ "time/tzdata" // wherever the tests run
)

func TestNearest(t *testing.T) {
	tests := []struct{ received, stamp, want string }{
		{"2024-01-01T00:00:01Z", "Dec 31 23:59:59", "2023-12-31T23:59:59Z"},
		{"2023-12-31T23:59:59Z", "Jan  1 00:00:01", "2024-01-01T00:00:01Z"},
		{"2024-03-01T00:00:00Z", "Feb 29 23:59:59", "2024-02-29T23:59:59Z"},
		{"2023-06-01T00:00:00+02:00", "Jun  1 00:00:00", "2023-06-01T00:00:00+02:00"},
	}
	for _, tt := range tests {
		at, err := time.Parse(time.RFC3339, tt.received)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := new(stampCache).parse([]byte(tt.stamp), at)
		if got := got.Format(time.RFC3339); !ok || got != tt.want {
			t.Errorf("%s received %s: %s, want %s", tt.stamp, tt.received, got, tt.want)
		}
	}
}

// In the hour that is there twice a message is of the half it was received in.
func TestNearestAtTheEndOfSummerTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	first := time.Date(2023, 10, 29, 0, 30, 0, 0, time.UTC).In(berlin)
	for at := first; at.Before(first.Add(2 * time.Hour)); at = at.Add(time.Minute) {
		for _, delay := range []time.Duration{0, time.Second, 5 * time.Minute} {
			got, ok := new(stampCache).parse([]byte(at.Format(time.Stamp)), at.Add(delay))
			if !ok || !got.Equal(at) && at.Add(delay).Sub(got).Abs() > delay {
				t.Errorf("%v received %v later: %v", at, delay, got)
			}
		}
	}
}

// What is remembered is not taken for another second, zone or year.
func TestStampCache(t *testing.T) {
	var c stampCache
	for _, at := range []time.Time{received, received.Add(time.Second), received.In(time.UTC), received.AddDate(1, 0, 0), received.AddDate(0, 7, 0), received} {
		for _, stamp := range []string{"Oct 11 22:14:15", "Oct 11 22:14:16", "Oct 11 22:14:16"} {
			got, ok1 := c.parse([]byte(stamp), at)
			want, ok2 := new(stampCache).parse([]byte(stamp), at)
			if !ok1 || !ok2 || !got.Equal(want) || got.Format(time.RFC3339) != want.Format(time.RFC3339) {
				t.Errorf("%s received %v: %v, want %v", stamp, at, got, want)
			}
		}
	}
	if _, ok := c.parse([]byte("Oct 32 22:14:15"), received); ok {
		t.Error("there is no such day")
	}
}
