package locallog

import (
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/stream"
)

// memory keeps buffers for the texts of files, so that a batch allocates nothing: of many files few have
// a text at a time.
type memory struct {
	scratch []byte   // a frame's lines as they stand in their file
	buffers [][]byte // not in use
	size    int      // bytes of these
}

// get returns an empty buffer.
func (m *memory) get() []byte {
	n := len(m.buffers)
	if n == 0 {
		return make([]byte, 0, 4<<10)
	}
	b := m.buffers[n-1]
	m.buffers, m.size = m.buffers[:n-1], m.size-cap(b)
	return b
}

// put keeps a buffer that is not used any more. There is space for that of a whole batch, which a large
// frame has filled at its end, or for many small ones.
func (m *memory) put(b []byte) {
	const most = 32 * batchSize
	if cap(b) > 0 && m.size+cap(b) <= most {
		m.buffers, m.size = append(m.buffers, b[:0]), m.size+cap(b)
	}
}

// render is a frame's lines as they stand in their file. It is valid until the next call.
func (l *Log) render(f *spool.Frame, st *stream.View) []byte {
	switch {
	case f.Kind == frame.Event:
		l.memory.scratch = stream.AppendEvent(l.memory.scratch[:0], f, f.Payload)
	case len(f.Origin) > 0:
		l.memory.scratch = stream.AppendReceived(l.memory.scratch[:0], f, st)
	default:
		return f.Payload
	}
	return l.memory.scratch
}
