package sealing

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/rotate"
)

// lastSeal is a seal that audit_log tells of.
type lastSeal struct {
	chain string
	n     uint64
}

// lastTold is the last seal that audit_log has, or a heartbeat there. Where the file has none, those are looked
// through that were rotated last.
func lastTold(dir string) (lastSeal, bool) {
	files := auditFiles(dir)
	for _, path := range files[:min(len(files), 3)] {
		found, ok := lastSeal{}, false
		eachEvent(path, tailOfAudit, func(told *event.Told, _ string) {
			if n, is := sealNumber(told); is {
				found, ok = lastSeal{told.Get("chain"), n}, true
			}
		})
		if ok {
			return found, true
		}
	}
	return lastSeal{}, false
}

// tailOfAudit is how much of a file's end is looked through.
const tailOfAudit = 1 << 20

// sealNumber is the number of the seal that an event is, or of the last one that it knows.
func sealNumber(told *event.Told) (uint64, bool) {
	switch told.Code {
	case event.SealLines.Code, event.SealFile.Code, event.Heartbeat.Code:
		n, ok := told.Uint("n")
		return n, ok && n > 0
	}
	return 0, false
}

// auditFiles are the paths of audit_log and of the files that it was rotated to, the newest first.
func auditFiles(dir string) []string {
	audit := filepath.Join(dir, stream.AuditFile)
	files := []string{audit}
	names, _ := filepath.Glob(audit + "-*")
	slices.Sort(names)
	for _, path := range slices.Backward(names) {
		if b, ok := rotate.ParseBackup(path); ok && b.Log == audit {
			files = append(files, path)
		}
	}
	return files
}

// eachEvent calls f for each event with a block in a file of the audit log, with the event's text, as far as it can be
// read. tail: only as many bytes at its end, of a file that is not compressed; 0: all.
func eachEvent(path string, tail int64, f func(told *event.Told, text string)) {
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(file); err != nil {
			return
		}
	} else if st, err := file.Stat(); err == nil && tail > 0 && st.Size() > tail {
		_, _ = file.Seek(-tail, io.SeekEnd)
	}
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := lines.ReadSlice('\n')
		if text, ok := eventText(line); ok {
			if told, ok := event.Parse(text); ok {
				f(&told, text)
			}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// eventText is the text of an event as it stands in audit_log, behind the head of its line.
func eventText(line []byte) (string, bool) {
	_, text, ok := bytes.Cut(bytes.TrimSuffix(line, []byte{'\n'}), []byte("] "))
	return string(text), ok && bytes.HasSuffix(text, []byte("}"))
}

// openRotated opens a rotated file, which may be compressed by now.
func openRotated(path string) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	file, err = os.Open(path + ".gz")
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{z, file}, nil
}

// piecesOf are the pieces of a file that were sealed, by where they begin, as audit_log has them. whole: the
// last one is among them.
func piecesOf(dir, chain string, since, until uint64) (pieces map[int64]seal.File, whole bool) {
	pieces = make(map[int64]seal.File)
	for _, path := range auditFiles(dir) {
		begun := false
		eachEvent(path, 0, func(told *event.Told, text string) {
			if told.Code != event.SealFile.Code || told.Get("chain") != chain {
				return
			}
			if s, err := seal.Parse(text); err == nil && s.File.Since == since {
				pieces[s.File.Begin] = *s.File
				begun, whole = begun || s.N == since, whole || s.N == until
			}
		})
		if begun {
			break
		}
	}
	return pieces, whole
}
