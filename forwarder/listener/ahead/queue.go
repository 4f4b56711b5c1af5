package ahead

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Queue looks at what the kernel holds for a socket. Not for concurrent use.
type Queue struct {
	raw  syscall.RawConn
	look func(fd uintptr) // sets next; made once, so that a look allocates nothing
	next int              // bytes that can be read; of datagrams, the bytes of the next one
}

// NewQueue returns nil for a socket that is closed.
func NewQueue(c syscall.Conn) *Queue {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	q := &Queue{raw: raw}
	q.look = func(fd uintptr) { q.next, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) }
	return q
}

// IsWaiting reports whether there is anything to read.
func (q *Queue) IsWaiting() bool { return q.raw.Control(q.look) == nil && q.next > 0 }
