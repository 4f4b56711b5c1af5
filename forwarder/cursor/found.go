package cursor

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Found is a finding: something wrong with a file of the local log, found at a start of the delivery.
type Found struct {
	File string    `json:"file"`
	Time time.Time `json:"time"` // when it was found
	// Lines and Bytes stand in the file behind the recorded length, and are not in the spool.
	Lines uint64 `json:"lines,omitempty"`
	Bytes uint64 `json:"bytes,omitempty"`
	Twice bool   `json:"twice,omitempty"` // lines may be in the file twice
	// Short is how many bytes the file has less than is recorded.
	Short int64 `json:"short,omitempty"`
	// Replaced: the file is not the one that is recorded.
	Replaced bool `json:"replaced,omitempty"`
}

// String tells the finding in a sentence.
func (f Found) String() string { return f.File + " " + f.Words() }

// Words are what is found, as what a sentence says of the file.
func (f Found) Words() string {
	text := ""
	if f.Replaced {
		text += " is not the file that is recorded, which was moved or removed, or replaced by a copy"
	}
	if f.Short > 0 {
		text += fmt.Sprintf(" is %d bytes shorter than recorded: it was truncated, or lost its end in a power failure; what is missing is not written again", f.Short)
	}
	if f.Lines > 0 {
		if f.Replaced || f.Short > 0 {
			text += "; it"
		}
		text += fmt.Sprintf(" has %d lines (%d bytes) behind what is recorded that the spool does not have; they stay, and delivery goes on behind them: ", f.Lines, f.Bytes)
		if f.Twice {
			text += "lines that are in the spool still may be there twice"
		} else {
			text += "no line is there twice"
		}
		text += " (an older state directory, or another program that writes to the file)"
	}
	return strings.TrimPrefix(text, " ")
}

// maxFound is how many findings are kept: the newest ones.
const maxFound = 100

// AddFound returns the findings with one more. It leaves found as it is.
func AddFound(found []Found, f Found) []Found {
	found = append(slices.Clip(found), f)
	return found[max(0, len(found)-maxFound):]
}

// Unseen are the findings later than until, the last acknowledgement.
func Unseen(found []Found, until time.Time) []Found {
	return slices.DeleteFunc(slices.Clone(found), func(f Found) bool { return !f.Time.After(until) })
}

// Damage counts places of the spool without whole frames, which were passed over, since the state
// directory was made.
type Damage struct {
	Places uint64    `json:"places"`
	Bytes  uint64    `json:"bytes"`
	Last   time.Time `json:"last,omitzero"`
	New    bool      `json:"new,omitempty"` // nobody has acknowledged it
}
