package cursor

import (
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// Between counts the lines of a spool from one position of a consumer to a later one, of the streams that it wants.
func Between(catalog *spool.Catalog, from, to spool.Positions, wants func(stream string) bool) uint64 {
	differs := func(f frame.FileID) bool { return from[f] != to[f] && wants(streamOf(catalog, f)) }
	behind, left := catalog.Behind(from, differs), catalog.Behind(to, differs)
	return behind - min(behind, left)
}

// streamOf is the stream of a file; empty: it cannot be read.
func streamOf(catalog *spool.Catalog, f frame.FileID) string {
	file := catalog.Find(f.String())
	if file == nil {
		return ""
	}
	head, _ := file.Header()
	return head.Stream
}

// Completed returns the positions with those of files that have a successor there: who has begun with that is through
// with them.
func Completed(catalog *spool.Catalog, at spool.Positions) spool.Positions {
	last := make(map[frame.WriterID]uint32, len(at))
	for f := range at {
		last[f.Writer] = max(last[f.Writer], f.Number)
	}
	all := at.Clone()
	for _, f := range catalog.Files() {
		if size, err := f.Size(); err == nil && f.ID.Number < last[f.ID.Writer] {
			all[f.ID] = spool.Position{Offset: max(size, all[f.ID].Offset)}
		}
	}
	return all
}

// CountOf is the count that a relay goes on with which has the record. It is no less than told: after a kill the record
// may be older than the last status. Lines that are sent again, because the last end was not a clean
// one, count as repeated; a store says itself what it has. ahead is by how many lines the count is further than the record.
func (c *Record) CountOf(catalog *spool.Catalog, told RelayCount, wants func(stream string) bool) (count RelayCount, ahead uint64) {
	if c.Relay != nil {
		count = *c.Relay
	}
	recorded := count.Lines
	count = count.AtLeast(told)
	ahead = count.Lines - recorded
	if !c.Clean && c.Store == nil {
		count.Repeated += ahead + Between(catalog, c.Safe, c.Accepted, wants)
	}
	return count, ahead
}
