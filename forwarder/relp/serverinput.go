package relp

import (
	"bytes"
	"fmt"
	"strconv"
)

// begin answers open: with the version that both sides speak, and with the command syslog, which the
// client must have.
func (s *Server) begin(f frame) error {
	version, syslog := 0, false
	for offer := range bytes.SplitSeq(f.data, []byte{'\n'}) {
		name, values, _ := bytes.Cut(offer, []byte{'='})
		switch string(name) {
		case "relp_version":
			n, err := strconv.ParseUint(string(values), 10, 16)
			if err != nil {
				return s.refuse(f, fmt.Sprintf("relp_version is %.20q", values))
			}
			version = int(min(n, maxVersion))
		case "commands":
			for v := range bytes.SplitSeq(values, []byte{','}) {
				syslog = syslog || string(v) == "syslog"
			}
		}
	}
	if !syslog {
		return s.refuse(f, "the offers lack the command syslog")
	}
	s.open = true
	return s.answer(f.txnr, fmt.Sprintf("%s\nrelp_version=%d\nrelp_software=%s\ncommands=syslog", ok, version, s.o.Software))
}

// maxVersion is the greatest version of RELP. librelp's own is 0, which is the same.
const maxVersion = 1

// maxOffers bounds the data of a frame that is no message.
const maxOffers = 4 << 10

// serverInput reads frames from a client. Unlike a client's input it cuts the messages that are too long
// for the buffer, and begins with a small buffer.
type serverInput struct {
	conn interface{ Read([]byte) (int, error) }
	o    *ServerOptions
	buf  []byte // made by the first read
	from int    // buf[from:to] is not parsed yet
	to   int

	full   bool // the buffer may not grow
	pass   int  // bytes of a message still to be passed over
	owesLF bool // the LF behind them is still to come
}

// next returns the next frame of the buffer, which is valid until fill; errPart: there is none. lost is
// how many bytes its data lacks.
func (in *serverInput) next() (f frame, lost int, err error) {
	if err := in.passOver(); err != nil {
		return f, 0, err
	}
	b := in.buf[in.from:in.to]
	f, length, n, err := parseHead(b)
	if err != nil {
		return f, 0, err
	}
	most, keep := maxOffers, length
	isMessage := string(f.command) == "syslog"
	if isMessage {
		most, keep = in.o.MaxFrame, min(length, in.o.MaxMessage)
	}
	have := len(b) - n
	switch {
	case length > most:
		return f, 0, malformed(fmt.Sprintf("DATALEN is %d, and %d is the most", length, most), b)
	case in.full && have <= keep && !isMessage:
		return f, 0, malformed("no room for DATA", b)
	case in.full && have <= keep:
		keep = have
	case have < keep || have == length:
		return f, 0, errPart
	}
	f.data, in.full = b[n:n+keep], false
	in.from += n + keep
	in.pass, in.owesLF = length-keep, true
	return f, in.pass, in.endNow()
}

// endNow takes the end of a frame whose data is whole, where it is there.
func (in *serverInput) endNow() error {
	if in.pass > 0 || in.from == in.to {
		return nil
	}
	return in.passOver()
}

// passOver drops the rest of a message that was cut.
func (in *serverInput) passOver() error {
	n := min(in.pass, in.to-in.from)
	in.pass -= n
	in.from += n
	switch {
	case in.pass > 0 || in.owesLF && in.from == in.to:
		return errPart
	case in.owesLF && in.buf[in.from] != '\n':
		return malformed("no LF behind DATA", in.buf[in.from:in.to])
	case in.owesLF:
		in.owesLF = false
		in.from++
	}
	return nil
}

// fill reads more, after errPart.
func (in *serverInput) fill() error {
	switch {
	case in.from == in.to:
		in.from, in.to = 0, 0
		if in.buf == nil || len(in.buf) > in.o.Buffer {
			in.shrink()
		}
	case in.to == len(in.buf):
		if !in.makeRoom() {
			return nil // next cuts the message
		}
	}
	n, err := in.conn.Read(in.buf[in.to:])
	in.to += n
	if n > 0 {
		return nil
	}
	return err
}

func (in *serverInput) shrink() {
	if in.buf != nil {
		in.o.Grow(in.o.Buffer)
	}
	in.buf = make([]byte, in.o.Buffer)
}

// makeRoom moves what is not parsed to the front, into a longer buffer where it fills more than half of
// this one. It reports whether there is room now.
func (in *serverInput) makeRoom() bool {
	to := in.buf
	if in.to-in.from > len(in.buf)/2 {
		size := min(2*len(in.buf), max(in.o.Buffer, maxHeader+max(in.o.MaxMessage, maxOffers)+1))
		if size > len(in.buf) && in.o.Grow(size) {
			to = make([]byte, size)
		}
	}
	in.to = copy(to, in.buf[in.from:in.to])
	in.from, in.buf = 0, to
	in.full = in.to == len(in.buf)
	return !in.full
}
