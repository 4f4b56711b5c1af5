package relay

import "testing"

// TestNothingLeftOut: of a batch that has encoded nothing yet no message has lost structured data.
func TestNothingLeftOut(t *testing.T) {
	if n := new(batch).untold(); n != 0 {
		t.Errorf("%d messages", n)
	}
}
