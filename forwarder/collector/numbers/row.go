package numbers

import "slices"

// Row is one of the two rows of numbers that a writer has.
type Row struct {
	Writer uint64 // the last 16 hexadecimal digits of its PROCID
	Audit  bool   // of its events
}

// row is what is known of a row.
type row struct {
	spans []span // in order, none next to another one of its sort
	holes []hole // in order; between spans, or behind the last one
	begun bool   // what is below the first number is a hole, and not unknown
	seen  int64  // s since 1970, when a number came last, or the first word of the row
	ended int64  // s since 1970, when the row's end was told; 0: it was not

	top     uint64 // the highest number that has come
	full    bool   // the bound of intervals was told
	altered bool   // another text under a known number was told
	changed bool   // since the last Recorded
}

// Verdict says what a number is.
type Verdict uint8

const (
	// Fresh: it has not come before.
	Fresh Verdict = iota
	// Known: it has come before.
	Known
	// Uncounted: a bound was reached, so that nobody knows.
	Uncounted
)

// peek is what take would return.
func (r *row) peek(n uint64, most int) Verdict {
	i := find(r.spans, n)
	switch {
	case i < len(r.spans) && r.spans[i].first <= n:
		if !r.spans[i].lost {
			return Known
		}
		if r.splits(i, n)+len(r.spans) > most {
			return Uncounted
		}
	case !r.touches(i, n) && len(r.spans) >= most:
		return Uncounted
	}
	return Fresh
}

// splits is how many spans more there are when n of the lost span i has come.
func (r *row) splits(i int, n uint64) (more int) {
	s := r.spans[i]
	if s.first < n && s.last > n {
		return 2
	}
	if s.first == s.last {
		return 0
	}
	return 1
}

// touches reports whether n lies beside a span of numbers that have come; i is find's.
func (r *row) touches(i int, n uint64) bool {
	return i > 0 && !r.spans[i-1].lost && r.spans[i-1].last+1 == n ||
		i < len(r.spans) && !r.spans[i].lost && r.spans[i].first == n+1
}

// take notes that a number has come. closed is 1 if it was told to be missing.
func (r *row) take(n uint64, now int64, most int) (v Verdict, closed uint64) {
	r.seen = now
	if v = r.peek(n, most); v != Fresh {
		return v, 0
	}
	if end := len(r.spans) - 1; end >= 0 && !r.spans[end].lost && r.spans[end].last+1 == n {
		r.spans[end].last = n // nearly always
	} else {
		r.open(n, now)
		r.insert(n)
	}
	r.top = max(r.top, n)
	if len(r.holes) > 0 {
		r.holes, closed = cutHole(r.holes, n, n)
	}
	return Fresh, closed
}

// open makes holes of what lies before n and behind all that is known.
func (r *row) open(n uint64, now int64) {
	if behind := r.end(); behind+1 < n && (len(r.spans) > 0 || r.begun) {
		r.holes = append(r.holes, hole{first: behind + 1, last: n - 1, since: now})
	}
}

// end is the highest number that is known or in a hole.
func (r *row) end() (n uint64) {
	if len(r.spans) > 0 {
		n = r.spans[len(r.spans)-1].last
	}
	if len(r.holes) > 0 {
		n = max(n, r.holes[len(r.holes)-1].last)
	}
	return n
}

// insert makes n one that has come.
func (r *row) insert(n uint64) {
	i := find(r.spans, n)
	if i < len(r.spans) && r.spans[i].first <= n { // it was explained, and has come all the same
		s := r.spans[i]
		var parts []span
		if s.first < n {
			parts = append(parts, span{s.first, n - 1, true})
		}
		at := i + len(parts)
		parts = append(parts, span{first: n, last: n})
		if s.last > n {
			parts = append(parts, span{n + 1, s.last, true})
		}
		r.spans = slices.Replace(r.spans, i, i+1, parts...)
		r.join(at)
		return
	}
	r.spans = slices.Insert(r.spans, i, span{first: n, last: n})
	r.join(i)
}

// join makes one of span i and those beside it, where they are of one sort.
func (r *row) join(i int) {
	for _, a := range []int{i, i - 1} {
		if a >= 0 && a+1 < len(r.spans) && r.spans[a].lost == r.spans[a+1].lost && r.spans[a].last+1 == r.spans[a+1].first {
			r.spans[a].last = r.spans[a+1].last
			r.spans = slices.Delete(r.spans, a+1, a+2)
		}
	}
}

// explain notes that numbers do not come. It fills holes, and goes beyond what is known. closed is
// how many of them were told to be missing.
func (r *row) explain(first, last uint64, now int64, most int) (closed uint64) {
	if len(r.spans) == 0 && !r.begun {
		return 0 // all of the row is unknown
	}
	end := r.end()
	var parts []span
	for _, h := range r.holes {
		if from, to := max(first, h.first), min(last, h.last); from <= to {
			parts = append(parts, span{from, to, true})
		}
	}
	if last > end {
		if from := max(first, end+1); from > end+1 {
			r.holes = append(r.holes, hole{first: end + 1, last: from - 1, since: now})
		}
		parts = append(parts, span{max(first, end+1), last, true})
	}
	for _, p := range parts {
		if len(r.spans) >= most {
			break
		}
		i := find(r.spans, p.first)
		r.spans = slices.Insert(r.spans, i, p)
		r.join(i)
		var some uint64
		r.holes, some = cutHole(r.holes, p.first, p.last)
		closed += some
	}
	return closed
}

// promise notes that numbers up to last were given.
func (r *row) promise(last uint64, now int64) {
	end := r.end()
	if last <= end || len(r.spans) == 0 && !r.begun {
		return
	}
	if n := len(r.holes); n > 0 && !r.holes[n-1].told && r.holes[n-1].last == end {
		r.holes[n-1].last = last
		return
	}
	r.holes = append(r.holes, hole{first: end + 1, last: last, since: now})
}

// begin notes that the row's numbers begin at 1, and have all been sent.
func (r *row) begin(now int64) {
	if r.begun {
		return
	}
	r.begun = true
	if len(r.spans) > 0 && r.spans[0].first > 1 {
		r.holes = slices.Insert(r.holes, 0, hole{first: 1, last: r.spans[0].first - 1, since: now})
	}
}

// due are the holes that have been open for so long that they are missing, and not told of. begun is
// since when the collector is there.
func (r *row) due(now, grace, begun int64) (all []*hole) {
	silent := now-max(r.seen, begun) >= grace
	for i := range r.holes {
		h := &r.holes[i]
		if !h.told && now-max(h.since, begun) >= grace && (h.last < r.top || silent) {
			all = append(all, h)
		}
	}
	return all
}

// missing is how many numbers of the row are missing, and were told.
func (r *row) missing() (n uint64) {
	for _, h := range r.holes {
		if h.told {
			n += h.last - h.first + 1
		}
	}
	return n
}

// joinTold makes one of holes that were told and lie side by side: promises make one after the other.
func (r *row) joinTold() {
	for i := len(r.holes) - 1; i > 0; i-- {
		before, h := &r.holes[i-1], r.holes[i]
		if before.told && h.told && before.last+1 == h.first {
			before.last = h.last
			r.holes = slices.Delete(r.holes, i, i+1)
		}
	}
}

// size is how many intervals are kept.
func (r *row) size() int { return len(r.spans) + len(r.holes) }
