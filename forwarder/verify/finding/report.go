package finding

import (
	"slices"
	"sync"
	"time"
)

// maxFindings is how many findings are kept. The rest is counted.
const maxFindings = 10000

// Counts are numbers of lines.
type Counts struct {
	Lines     uint64 `json:"lines"`   // that there are, or were
	Checked   uint64 `json:"checked"` // and are as they were sealed
	Altered   uint64 `json:"altered"`
	Missing   uint64 `json:"missing"`
	Lost      uint64 `json:"lost_explained"`
	Cut       uint64 `json:"unchecked_cut"`      // in a piece with lines that were cut for a server
	Beside    uint64 `json:"unchecked_beside"`   // in a piece that lacks other lines, or has altered ones
	NotSealed uint64 `json:"unchecked_unsealed"` // since the last seal
	NoSeal    uint64 `json:"unchecked_no_seal"`
	Bytes     int64  `json:"local_bytes_checked"` // of local files
	// Central are bytes of the files of a collector that are as it has sealed them.
	Central int64 `json:"central_bytes_checked"`
}

// Report is what a check has come to.
type Report struct {
	Counts    Counts    `json:"counts"`
	Findings  []Finding `json:"findings"`
	More      uint64    `json:"more_findings"` // that were not kept
	Unchecked []string  `json:"unchecked"`     // what could not be done
	Notes     []string  `json:"notes"`
	OneHand   bool      `json:"seals_from_the_same_place"`
	// Until is up to when what was checked came in; zero: nothing was.
	Until time.Time `json:"until,omitzero"`

	mu sync.Mutex
}

// Add adds a finding.
func (r *Report) Add(f Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case f.Code == Unchecked:
		if len(r.Unchecked) < maxFindings {
			r.Unchecked = append(r.Unchecked, sentence(&f))
		}
	case len(r.Findings) < maxFindings:
		r.Findings = append(r.Findings, f)
	default:
		r.More++
	}
}

// AddCentral counts bytes of the files of a collector that are as it has sealed them.
func (r *Report) AddCentral(bytes int64) { r.Counts.Central += bytes }

// Cannot notes that something could not be checked.
func (r *Report) Cannot(say string) { r.Add(Finding{Code: Unchecked, Say: say}) }

// Note adds something that is worth knowing, and no finding.
func (r *Report) Note(say string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.Notes) < maxFindings {
		r.Notes = append(r.Notes, say)
	}
}

// Found is how many findings there are.
func (r *Report) Found() uint64 { return uint64(len(r.Findings)) + r.More }

// First is the first finding, or else the first thing that could not be checked, in one line; empty: there
// is none.
func (r *Report) First() string {
	switch {
	case len(r.Findings) > 0:
		return sentence(&r.Findings[0])
	case len(r.Unchecked) > 0:
		return r.Unchecked[0]
	}
	return ""
}

// Exit statuses.
const (
	OK       = 0 // all that was asked for was checked, and nothing is unexplained
	Findings = 1
	Partial  = 2 // something, or all, could not be checked
)

// Exit is the exit status that says how the check went.
func (r *Report) Exit() int {
	switch {
	case len(r.Findings) > 0:
		return Findings
	case len(r.Unchecked) > 0:
		return Partial
	}
	return OK
}

// Sort puts all into the order in which it is told, and drops what is there twice.
func (r *Report) Sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return compare(&a, &b) })
	r.Findings = slices.Compact(r.Findings)
	slices.Sort(r.Unchecked)
	r.Unchecked = slices.Compact(r.Unchecked)
	slices.Sort(r.Notes)
	r.Notes = slices.Compact(r.Notes)
}
