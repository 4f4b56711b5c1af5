package trust

import (
	"fmt"
	"testing"
	"time"
)

// TestProven: those whose certificates expire first, each once with its last certificate; of names without end
// some are remembered, and those that have expired long ago are not.
func TestProven(t *testing.T) {
	var c proven
	now := time.Unix(1e9, 0)
	if all := c.next(now); all != nil {
		t.Errorf("%v", all)
	}
	for n := range mostProven + 100 {
		c.note(fmt.Sprint("web", n), now.Add(time.Duration(n)*time.Hour))
	}
	all := c.next(now)
	if len(all) != mostTold || all[0] != (Proven{"web0", now}) || all[1].Name != "web1" || len(c.until) != mostProven {
		t.Errorf("%d of %d: %v", len(all), len(c.until), all[:2])
	}
	c.note("web0", now.Add(1e6*time.Hour)) // it was renewed
	if all := c.next(now); all[0].Name != "web1" {
		t.Errorf("%v", all[0])
	}
	if all := c.next(now.Add(forgetExpired + 90*time.Minute)); all[0].Name != "web2" || len(c.until) != mostProven-1 {
		t.Errorf("%v of %d", all[0], len(c.until))
	}
}
