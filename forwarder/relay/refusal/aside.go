package refusal

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Aside is the file of the messages of a relay that no server took, whatever their size.
// It has a line for each:
//
//	TIME relay=NAME server=URL stream=NAME procid=ID sequenceId=N bytes=N at=FILE:OFFSET:LINE error="…" message="…"
//
// error and message are quoted as in Go and C: what is not printable ASCII is escaped
// (\n, \", \\, \xhh, \uhhhh), so that a terminal can show them and a program has every byte
// back. When the file would grow above maxAside it becomes NAME.1, and what that name had is
// removed; the local log has those lines too.
type Aside struct{ Path string }

const maxAside = 16 << 20

// Add appends a message, durably. It waits for the disk. It does not add a message that the file has
// already, because the process was killed after an earlier Add.
func (a Aside) Add(m *Message, now time.Time) error {
	if a.has(m) {
		return nil
	}
	line := fmt.Appendf(nil, "%s relay=%s server=%s stream=%s procid=%s sequenceId=%d bytes=%d %s error=%s message=%s\n",
		now.Format(time.RFC3339Nano), m.Relay, m.Server, m.Stream, m.ProcID, m.Seq, len(m.Text), m.at(),
		strconv.QuoteToASCII(m.Err.Error()), strconv.QuoteToASCII(string(m.Text)))
	if err := os.MkdirAll(filepath.Dir(a.Path), 0o750); err != nil {
		return err
	}
	if st, err := os.Lstat(a.Path); err == nil && st.Size()+int64(len(line)) > maxAside {
		if err := os.Rename(a.Path, a.Path+".1"); err != nil {
			return err
		}
	}
	return appendWhole(a.Path, line)
}

// appendWhole appends a line, or nothing. Before it, it ends a torn line, which a power failure has
// left, with an LF.
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

func (a Aside) has(m *Message) bool {
	f, err := os.Open(a.Path)
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
