// Package apart is where a file of the local log is in the spool, as far as that is not where the local log
// is: behind, or ahead. Pure.
package apart

import (
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// Positions are a file's positions in those spool files in which it is not where the local log is. The
// zero value has none.
type Positions spool.Positions

// Has reports whether the file has the frame's lines, being ahead. No frame is before the position of a
// spool file that is not in at, which is its start.
func (at Positions) Has(f *spool.Frame) bool { return f.Start.Before(at[f.File.ID]) }

// Lacks reports whether a file that is behind lacks the frame's lines.
func (at Positions) Lacks(f *spool.Frame) bool {
	pos, apart := at[f.File.ID]
	return apart && !f.Start.Before(pos)
}

// Stay notes that the file has nothing of a spool file from pos on, unless it has a position of its own
// there already.
func (at *Positions) Stay(file frame.FileID, pos spool.Position) {
	if _, apart := (*at)[file]; !apart {
		at.Move(file, pos)
	}
}

// Move puts the file at a position of its own.
func (at *Positions) Move(file frame.FileID, pos spool.Position) {
	if *at == nil {
		*at = make(Positions)
	}
	(*at)[file] = pos
}

// Rejoin drops positions of the file's own that the local log, which is at done, has come to.
func (at Positions) Rejoin(done spool.Positions, places []cursor.Place) {
	for _, p := range places {
		if pos, apart := at[p.File]; apart && !done[p.File].Before(pos) {
			delete(at, p.File)
		}
	}
}

// IsLevel reports whether the file, where it is apart, is not behind done.
func (at Positions) IsLevel(done spool.Positions) bool {
	for file, pos := range at {
		if pos.Before(done[file]) {
			return false
		}
	}
	return true
}

// All are the file's positions in all spool files. done is where the local log is.
func (at Positions) All(done spool.Positions) spool.Positions {
	all := done.Clone()
	for file, pos := range at {
		all[file] = pos
	}
	return all
}

// Clone returns a copy, never nil.
func (at Positions) Clone() Positions { return Positions(spool.Positions(at).Clone()) }

// Behind are the file's positions once it has the lines of a batch, which ends at places. late: it was
// made of lines that other files have already.
func (at Positions) Behind(done spool.Positions, places []cursor.Place, late bool) Positions {
	all := at.Clone()
	for _, p := range places {
		pos, apart := at[p.File]
		if late && !apart {
			continue // level there
		}
		if !apart {
			pos = done[p.File]
		}
		if pos.Before(p.Pos) {
			all[p.File] = p.Pos
		}
	}
	return all
}
