package cursor

import (
	"testing"
	"time"
)

// TestFound: each finding is one sentence, which says what is missing and what is there twice.
func TestFound(t *testing.T) {
	const (
		other    = "f is not the file that is recorded, which was moved or removed, or replaced by a copy"
		short    = " is 7 bytes shorter than recorded: it was truncated, or lost its end in a power failure; what is missing is not written again"
		lines    = " has 2 lines (9 bytes) behind what is recorded that the spool does not have; they stay, and delivery goes on behind them: "
		why      = " (an older state directory, or another program that writes to the file)"
		no, yes  = "no line is there twice", "lines that are in the spool still may be there twice"
		together = "; it"
	)
	for _, tt := range []struct {
		found Found
		want  string
	}{
		{Found{Replaced: true}, other},
		{Found{Short: 7}, "f" + short},
		{Found{Lines: 2, Bytes: 9}, "f" + lines + no + why},
		{Found{Lines: 2, Bytes: 9, Twice: true}, "f" + lines + yes + why},
		{Found{Short: 7, Lines: 2, Bytes: 9}, "f" + short + together + lines + no + why},
		{Found{Replaced: true, Lines: 2, Bytes: 9}, other + together + lines + no + why},
		{Found{Replaced: true, Short: 7}, other + short},
	} {
		tt.found.File = "f"
		if got := tt.found.String(); got != tt.want {
			t.Errorf("%s, want\n%s", got, tt.want)
		}
	}
}

// TestFoundIsBounded: the newest findings are kept, those before stay as they are, and what was acknowledged is seen.
func TestFoundIsBounded(t *testing.T) {
	var found []Found
	for n := range maxFound + 5 {
		before := found
		found = AddFound(found, Found{Short: int64(n + 1), Time: time.Unix(int64(n), 0)})
		if len(before) > 0 && before[len(before)-1].Short != int64(n) {
			t.Fatalf("the list before was changed: %+v", before[len(before)-1])
		}
	}
	if len(found) != maxFound || found[0].Short != 6 || found[maxFound-1].Short != maxFound+5 {
		t.Errorf("%d are kept, from %+v", len(found), found[0])
	}
	if unseen := Unseen(found, time.Unix(maxFound+2, 0)); len(unseen) != 2 || unseen[0].Short != maxFound+4 || len(found) != maxFound {
		t.Errorf("unseen are %+v", unseen)
	}
}
