package index

import (
	"io"

	"httpd-syslog/forwarder/verify/central"
	"httpd-syslog/forwarder/verify/ledger"
)

const (
	// stride is how many bytes of a file, at least, lie between two marks of a row.
	stride = 64 << 10
	// mostMarks is how many marks a run of a row has: then every other one goes.
	mostMarks = 1024
	// mostRuns is how many runs a row has: then the oldest goes.
	mostRuns = 64
)

// Budget is for how many runs there is room in all indexes that share it.
type Budget struct{ Left int }

// ownRows is how many rows an index has whatever its budget, each with ownRuns runs.
const ownRows, ownRuns = 4, 2

// Index of a file. Not for concurrent use.
type Index struct {
	rows   map[ledger.Row]*row
	from   int64 // what lies before was not read
	budget *Budget
}

// row is where the lines of a row stand.
type row struct {
	runs []run
	last int // of runs, the one that a line was found in last
	n    uint64
	off  int64 // behind the line n of that run
}

// run is a stretch of lines whose numbers grow.
type run struct {
	first, last uint64
	end         int64 // behind the last line
	stride      int64
	marks       []mark
}

// mark is where a line stands.
type mark struct {
	n   uint64
	off int64
}

// New returns the index of a file that has size bytes, none of which it has read. Where the budget is spent it
// does not find all lines that are there.
func New(size int64, b *Budget) *Index {
	return &Index{rows: make(map[ledger.Row]*row), from: size, budget: b}
}

// Release gives back what the index has of its budget. It is not used any more; nil: there is none.
func (x *Index) Release() {
	if x == nil {
		return
	}
	for _, r := range x.rows {
		x.budget.Left += len(r.runs)
	}
}

// Add notes that line n of a row stands at an offset, and ends before end.
func (x *Index) Add(key ledger.Row, n uint64, off, end int64) {
	r := x.rows[key]
	if r == nil {
		if x.budget.Left <= 0 && len(x.rows) >= ownRows {
			return
		}
		r = &row{last: -1}
		x.rows[key] = r
	}
	r.add(n, off, end, x.budget)
}

func (r *row) add(n uint64, off, end int64, b *Budget) {
	if k := len(r.runs) - 1; k >= 0 && n > r.runs[k].last {
		u := &r.runs[k]
		u.last, u.end = n, end
		if off-u.marks[len(u.marks)-1].off >= u.stride {
			u.mark(n, off)
		}
		return
	}
	if len(r.runs) == mostRuns || b.Left <= 0 && len(r.runs) >= ownRuns {
		r.runs = append(r.runs[:0], r.runs[1:]...)
		r.last = -1
		b.Left++
	}
	b.Left--
	r.runs = append(r.runs, run{first: n, last: n, end: end, stride: stride, marks: []mark{{n, off}}})
}

func (u *run) mark(n uint64, off int64) {
	if len(u.marks) == mostMarks {
		for i := range mostMarks / 2 {
			u.marks[i] = u.marks[2*i]
		}
		u.marks = u.marks[:mostMarks/2]
		u.stride *= 2
	}
	u.marks = append(u.marks, mark{n, off})
}

// Has reports whether line n of a row, with its LF, is in the file. It reads the file, all of it at the
// first call if it had a content when the index was made. An error is that of reading.
func (x *Index) Has(file io.ReaderAt, key ledger.Row, n uint64, line []byte) (bool, error) {
	if err := x.fill(file); err != nil {
		return false, err
	}
	r := x.rows[key]
	if r == nil {
		return false, nil
	}
	for i := len(r.runs) - 1; i >= 0; i-- {
		u := &r.runs[i]
		if n < u.first || n > u.last {
			continue
		}
		from, to := u.between(n)
		if r.last == i && r.n < n && r.off > from && r.off <= to {
			from = r.off // repeats come in order
		}
		off, err := find(file, from, to, key, n, line)
		if err != nil || off > 0 {
			r.last, r.n, r.off = i, n, off
			return err == nil, err
		}
	}
	return false, nil
}

// between is where a line of the run stands, if it does.
func (u *run) between(n uint64) (from, to int64) {
	low, high := 0, len(u.marks) // the last mark at n or before
	for low+1 < high {
		if mid := (low + high) / 2; u.marks[mid].n <= n {
			low = mid
		} else {
			high = mid
		}
	}
	if low+1 < len(u.marks) {
		return u.marks[low].off, u.marks[low+1].off
	}
	return u.marks[low].off, u.end
}

// find looks for a line, and returns the offset behind it; 0: it is not there.
func find(file io.ReaderAt, from, to int64, key ledger.Row, n uint64, line []byte) (off int64, err error) {
	var m central.Message
	err = lines(file, from, to, func(at int64, text []byte) bool {
		if len(text) == len(line)-1 && string(text) == string(line[:len(text)]) && m.Parse(text) == central.Numbered && m.Row == key && m.Number == n {
			off = at + int64(len(line))
			return false
		}
		return true
	})
	return off, err
}

// fill reads what was in the file before the index was made.
func (x *Index) fill(file io.ReaderAt) error {
	if x.from == 0 {
		return nil
	}
	before := New(0, x.budget)
	var m central.Message
	err := lines(file, 0, x.from, func(at int64, text []byte) bool {
		if m.Parse(text) == central.Numbered {
			before.Add(m.Row, m.Number, at, at+int64(len(text))+1)
		}
		return true
	})
	if err != nil {
		before.Release()
		return err
	}
	for key, r := range before.rows {
		if later := x.rows[key]; later != nil {
			r.runs = append(r.runs, later.runs...)
			over := max(0, len(r.runs)-mostRuns)
			r.runs = r.runs[over:]
			x.budget.Left += over
		}
		x.rows[key] = r
	}
	x.from = 0
	return nil
}
