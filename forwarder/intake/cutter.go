package intake

import (
	"bytes"
	"strconv"

	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/spool/frame"
)

// CutMark is how many bytes the mark at the end of a line that was cut takes at most.
const CutMark = 64

// lineCutter shortens lines in place. The zero value with max set is ready.
type lineCutter struct {
	max  int    // bytes of a line, its LF not counted, the mark included
	over int    // bytes of the unfinished line that were passed over; 0: it is not too long yet
	cuts uint64 // lines shortened
	at   []int  // which of the lines of the frame being built are, from 0; whoever takes them empties it

	watch *cards.Watch // looks at the end of what is left of a line; nil: nobody does
}

// add shortens lines among bytes that were read, which are space[from:to]. They
// continue the unfinished line space[start:end], where end <= from. add moves the bytes
// that it keeps down to space[end:], and returns where they end. While over is not 0 the
// caller leaves CutMark bytes between end and from, for the mark.
func (c *lineCutter) add(space []byte, start, end, from, to int) int {
	for from < to {
		i := bytes.IndexByte(space[from:to], '\n')
		n := i
		if i < 0 {
			n = to - from
		}
		if c.over == 0 && end+n-start <= c.max {
			end += copy(space[end:], space[from:from+n])
		} else {
			end = c.pass(space, start, end, from, n)
		}
		from += n
		if i < 0 {
			break
		}
		end = c.finish(space, start, end)
		start = end
		from++
	}
	return end
}

// pass adds the n bytes at from to a line that is too long.
func (c *lineCutter) pass(space []byte, start, end, from, n int) int {
	limit := start + c.max - CutMark
	if end > limit { // only these bytes have made the line too long
		c.over += end - limit
		end = limit
	}
	k := copy(space[end:min(end+n, limit)], space[from:from+n])
	c.over += n - k
	return end + k
}

// finish ends the line space[start:end] with LF, and before it, where the line was cut, with the
// mark. It returns where the line ends.
func (c *lineCutter) finish(space []byte, start, end int) int {
	if c.over > 0 {
		c.at = append(c.at, bytes.Count(space[min(frame.HeaderSize, start):start], newline))
		c.watch.Cut(space[start:end])
		mark := append(space[end:end], " [httpd_syslog: cut here, "...)
		mark = strconv.AppendInt(mark, int64(c.over), 10)
		mark = append(mark, " bytes]"...)
		end += len(mark)
		c.over = 0
		c.cuts++
	}
	space[end] = '\n'
	return end + 1
}
