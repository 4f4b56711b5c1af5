package intake

import (
	"bytes"
	"strconv"
)

// CutMark is room enough for what is put at the end of a line that was cut.
const CutMark = 64

// lineCutter shortens lines in place. The zero value with max set is ready.
type lineCutter struct {
	max  int    // bytes of a line, its LF not counted, the mark included
	over int    // bytes of the unfinished line that were passed over
	cuts uint64 // lines shortened
}

// add takes in bytes that were read: room[from:to] holds them, room[start:end]
// the unfinished line they continue, end <= from. It moves what is kept down to
// room[end:] and returns where that ends. While over is not 0 the caller leaves
// CutMark bytes between end and from.
func (c *lineCutter) add(room []byte, start, end, from, to int) int {
	for from < to {
		i := bytes.IndexByte(room[from:to], '\n')
		n := i
		if i < 0 {
			n = to - from
		}
		if c.over == 0 && end+n-start <= c.max {
			end += copy(room[end:], room[from:from+n])
		} else {
			end = c.pass(room, start, end, from, n)
		}
		from += n
		if i < 0 {
			break
		}
		end = c.finish(room, end)
		start = end
		from++
	}
	return end
}

// pass adds the n bytes at from to a line that is too long.
func (c *lineCutter) pass(room []byte, start, end, from, n int) int {
	limit := start + c.max - CutMark
	if end > limit { // it was not known to be too long until now
		c.over += end - limit
		end = limit
	}
	k := copy(room[end:min(end+n, limit)], room[from:from+n])
	c.over += n - k
	return end + k
}

// finish ends the line.
func (c *lineCutter) finish(room []byte, end int) int {
	if c.over > 0 {
		mark := append(room[end:end], " [httpd_syslog: cut here, "...)
		mark = strconv.AppendInt(mark, int64(c.over), 10)
		mark = append(mark, " bytes]"...)
		end += len(mark)
		c.over = 0
		c.cuts++
	}
	room[end] = '\n'
	return end + 1
}
