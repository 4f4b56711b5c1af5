package forwarder

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// setAside is the file of the messages of a relay that no server took, whatever their size.
// It has a line for each:
//
//	TIME relay=NAME server=URL stream=NAME procid=ID sequenceId=N bytes=N at=FILE:OFFSET:LINE error="…" message="…"
//
// error and message are quoted as in Go and C: what is not printable ASCII is escaped
// (\n, \", \\, \xhh, \uhhhh), so that a terminal can show them and a program has every byte
// back. When the file would grow above asideMax it becomes NAME.1, and what that name had is
// removed; the local log has those lines too.
type setAside struct{ path string }

const asideMax = 16 << 20

// refusedMessage is a message that a server does not take.
type refusedMessage struct {
	id     messageID
	relay  string
	server string
	stream string
	procID string
	seq    uint64
	text   []byte // all of it, without framing
	err    error
}

func (m *refusedMessage) String() string {
	return fmt.Sprintf("stream %s, PROCID %s, sequenceId %d, %d bytes", m.stream, m.procID, m.seq, len(m.text))
}

// at is where the message is in the spool.
func (m *refusedMessage) at() string {
	return fmt.Sprintf("at=%s:%d:%d", m.id.File, m.id.Offset, m.id.Line)
}

// add appends a message, durably. One that is there already, because the process was killed
// behind it, is not added again.
func (a setAside) add(m *refusedMessage, now time.Time) error {
	if a.has(m) {
		return nil
	}
	line := fmt.Appendf(nil, "%s relay=%s server=%s stream=%s procid=%s sequenceId=%d bytes=%d %s error=%s message=%s\n",
		now.Format(time.RFC3339Nano), m.relay, m.server, m.stream, m.procID, m.seq, len(m.text), m.at(),
		strconv.QuoteToASCII(m.err.Error()), strconv.QuoteToASCII(string(m.text)))
	if err := os.MkdirAll(filepath.Dir(a.path), 0o750); err != nil {
		return err
	}
	if st, err := os.Lstat(a.path); err == nil && st.Size()+int64(len(line)) > asideMax {
		if err := os.Rename(a.path, a.path+".1"); err != nil {
			return err
		}
	}
	return appendWhole(a.path, line)
}

// appendWhole appends a line, or nothing. What a power failure has left of one before it ends
// with an LF.
func appendWhole(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR|unix.O_NOFOLLOW, 0o640)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	last := []byte{'\n'}
	if st.Size() > 0 {
		if _, err := f.ReadAt(last, st.Size()-1); err != nil {
			return err
		}
	}
	if last[0] != '\n' {
		line = append([]byte{'\n'}, line...)
	}
	if _, err = f.Write(line); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(st.Size()))
	}
	return nil
}

func (a setAside) has(m *refusedMessage) bool {
	f, err := os.Open(a.path)
	if err != nil {
		return false
	}
	defer f.Close()
	what := " " + m.at() + " "
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadString('\n')
		head, _, _ := strings.Cut(line, " error=")
		if strings.Contains(head+" ", what) {
			return true
		}
		if err != nil {
			return false
		}
	}
}

// file is the path, if there is anything.
func (a setAside) file() string {
	if _, err := os.Lstat(a.path); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return a.path
}
