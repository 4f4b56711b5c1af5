package spool

import "httpd-syslog/forwarder/spool/frame"

// Position is a place in a spool file: the start of a frame, and how many of
// its lines are done. {0, 0} is the start of the file, before its header.
type Position struct {
	Offset int64 `json:"offset"`
	Lines  int   `json:"lines,omitempty"`
}

// Before reports whether p comes before q in their file.
func (p Position) Before(q Position) bool {
	return p.Offset < q.Offset || p.Offset == q.Offset && p.Lines < q.Lines
}

// Positions is where a consumer is, in each file. A file that is not in it has
// not been begun.
type Positions map[frame.FileID]Position

// Cover reports whether p has come to each position of q, or beyond.
func (p Positions) Cover(q Positions) bool {
	for f, pos := range q {
		if p[f].Before(pos) {
			return false
		}
	}
	return true
}

// Clone returns a copy.
func (p Positions) Clone() Positions {
	q := make(Positions, len(p))
	for k, v := range p {
		q[k] = v
	}
	return q
}

// Joined returns the further of both positions in each file.
func (p Positions) Joined(q Positions) Positions {
	all := p.Clone()
	for f, pos := range q {
		if all[f].Before(pos) {
			all[f] = pos
		}
	}
	return all
}
