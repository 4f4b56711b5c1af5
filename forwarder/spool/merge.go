package spool

import (
	"time"

	"httpd-syslog/forwarder/spool/frame"
)

// merge is a heap of the files that have a frame in hand; the one that was received first is in
// front. Of frames that were received at once that of the older writer is.
type merge []*cursor

func (m merge) before(i, j int) bool {
	a, b := m[i], m[j]
	return a.time < b.time || a.time == b.time && a.file.ID.Compare(b.file.ID) < 0
}

func (m merge) swap(i, j int) {
	m[i], m[j] = m[j], m[i]
	m[i].index, m[j].index = i+1, j+1
}

func (m *merge) push(c *cursor, t int64) {
	*m = append(*m, c)
	c.index, c.time = len(*m), t
	m.up(len(*m) - 1)
}

// moved puts c where its new time belongs.
func (m merge) moved(c *cursor, t int64) {
	c.time = t
	if len(m) > 1 {
		m.up(c.index - 1)
		m.down(c.index - 1)
	}
}

func (m *merge) remove(c *cursor) {
	i, last := c.index-1, len(*m)-1
	if i != last {
		m.swap(i, last)
	}
	(*m)[last], c.index = nil, 0
	*m = (*m)[:last]
	if i != last {
		m.up(i)
		m.down(i)
	}
}

func (m merge) up(i int) {
	for i > 0 && m.before(i, (i-1)/2) {
		m.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (m merge) down(i int) {
	for {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m); child++ {
			if m.before(child, first) {
				first = child
			}
		}
		if first == i {
			return
		}
		m.swap(i, first)
		i = first
	}
}

// frameTime is when the frame in hand was received. One from the future, before the clock was
// stepped back, counts as received now: it is not to wait for all others.
func (c *cursor) frameTime() int64 {
	if len(c.data) < frame.HeaderSize {
		return c.time // there is something wrong with it, which its turn will show
	}
	t := frame.Received(c.data)
	if t > c.now {
		c.now = time.Now().UnixNano()
	}
	return min(t, c.now)
}
