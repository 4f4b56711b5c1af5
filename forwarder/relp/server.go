package relp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// ServerOptions of a session. The zero value of each is its default.
type ServerOptions struct {
	MaxMessage int    // bytes; 128 KiB (RELP FRAME)
	Software   string // the offer relp_software
}

// Serve serves one session over conn until its end, and closes conn. Each
// message is handled in its turn and answered: 200, or 500 with the error that
// handle has returned. A message is valid until handle returns. nil: the client
// has ended the session.
func Serve(conn net.Conn, o ServerOptions, handle func(message []byte) error) error {
	defer conn.Close()
	if o.MaxMessage == 0 {
		o.MaxMessage = 128 << 10
	}
	if o.Software == "" {
		o.Software = "httpd_syslog"
	}
	s := &server{conn: conn, in: &input{conn: conn, limit: o.MaxMessage}, o: o, handle: handle}
	for {
		err := s.step()
		if len(s.out) > 0 {
			if _, werr := conn.Write(s.out); werr != nil {
				return errors.Join(ignoreEnd(err), werr)
			}
			s.out = s.out[:0]
		}
		switch {
		case err == errPart:
			err = s.in.fill()
		case err == nil:
			continue
		}
		if err == io.EOF && s.in.from < s.in.to {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return ignoreEnd(err)
		}
	}
}

var errEnd = errors.New("the client has ended the session")

func ignoreEnd(err error) error {
	if err == errEnd || err == io.EOF || err == errPart {
		return nil
	}
	return err
}

type server struct {
	conn   net.Conn
	in     *input
	o      ServerOptions
	handle func([]byte) error
	open   bool
	out    []byte // answers not yet written
}

// step takes in the frames that are there, as many as answers fit in one write.
func (s *server) step() error {
	for len(s.out) < readSize {
		f, err := s.in.next()
		if err != nil {
			return err
		}
		if err := s.command(f); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) command(f frame) error {
	command := string(f.command)
	switch {
	case f.txnr == 0:
		return nil // a hint
	case command == "open" && !s.open:
		s.open = true
		s.answer(f, "200 OK\nrelp_version=0\nrelp_software="+s.o.Software+"\ncommands=syslog")
	case command == "syslog" && s.open:
		if err := s.handle(f.data); err != nil {
			s.answer(f, "500 "+strings.ReplaceAll(err.Error(), "\n", " "))
			return nil
		}
		s.answer(f, "200 OK")
	case command == "close" && s.open:
		s.answer(f, "200 OK")
		s.out = appendFrame(s.out, 0, "serverclose", nil)
		return errEnd
	default:
		return fmt.Errorf("command %.32q is not for now", command)
	}
	return nil
}

func (s *server) answer(f frame, text string) {
	s.out = appendFrame(s.out, f.txnr, "rsp", []byte(text))
}
