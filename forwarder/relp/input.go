package relp

import "io"

// input reads frames from a connection, through a buffer that is no larger than
// the longest frame that may come, or one read.
type input struct {
	conn  io.Reader
	limit int // of a frame's data
	buf   []byte
	from  int // buf[from:to] is not parsed yet
	to    int
}

const readSize = 32 << 10

// next returns the next whole frame of the buffer, which is valid until fill; errPart: there is none.
func (in *input) next() (frame, error) {
	f, n, err := parseFrame(in.buf[in.from:in.to], in.limit)
	in.from += n
	return f, err
}

// fill reads more, after errPart.
func (in *input) fill() error {
	in.to = copy(in.buf, in.buf[in.from:in.to])
	in.from = 0
	if in.to == len(in.buf) {
		larger := make([]byte, min(max(readSize, 2*len(in.buf)), max(readSize, maxHeader+in.limit+1)))
		copy(larger, in.buf)
		in.buf = larger
	}
	n, err := in.conn.Read(in.buf[in.to:])
	in.to += n
	if n > 0 {
		return nil
	}
	return err
}
