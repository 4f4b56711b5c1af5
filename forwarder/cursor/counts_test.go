package cursor

import (
	"reflect"
	"testing"
)

// TestCountsAdd: each number of a count goes to itself, whatever there was before, and no count is shared.
func TestCountsAdd(t *testing.T) {
	one := StreamCount{Lines: 1, Bytes: 2, LeftOut: 3, LeftOutBytes: 4, Dropped: 5, Stored: CardCounts{"visa": 6}, Truncated: CardCounts{"amex": 7}}
	three := StreamCount{Lines: 3, Bytes: 6, LeftOut: 9, LeftOutBytes: 12, Dropped: 15, Stored: CardCounts{"visa": 18}, Truncated: CardCounts{"amex": 21}}
	c := StreamCounts(nil).Clone()
	c.Add("access", one)
	copied := c.Clone()
	c.Add("access", one)
	other := StreamCounts{"access": one, "error": one}
	c.Absorb(other)
	if want := (StreamCounts{"access": three, "error": one}); !reflect.DeepEqual(c, want) || len(other) != 0 {
		t.Errorf("%+v, want\n%+v; left: %v", c, want, other)
	}
	if want := (StreamCounts{"access": one}); !reflect.DeepEqual(copied, want) || one.Stored["visa"] != 6 {
		t.Errorf("a copy has changed: %+v", copied)
	}
	if n := c.Lines(); n != 4 {
		t.Errorf("%d lines", n)
	}
	if sum := (CardCounts{"visa": 1}).Plus(CardCounts{"visa": 2, "amex": 3}); !reflect.DeepEqual(sum, CardCounts{"visa": 3, "amex": 3}) {
		t.Errorf("the sum is %v", sum)
	}
}

// TestAtLeast takes the greater of each number.
func TestAtLeast(t *testing.T) {
	low := RelayCount{1, 2, 3, 4, 5, 6}
	of := reflect.ValueOf(&low).Elem()
	for i := range of.NumField() {
		high := low
		reflect.ValueOf(&high).Elem().Field(i).SetUint(100)
		if a, b := high.AtLeast(low), low.AtLeast(high); a != high || b != high {
			t.Errorf("%s: %+v, %+v", of.Type().Field(i).Name, a, b)
		}
	}
}
