package changes

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/record"
)

const (
	magic     = "httpd_syslog changes "
	begin     = magic + "1\n"
	headerLen = 1 + 4 + 4
	// small: another file is not begun before there is that much more than the beginning.
	small = 256 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// The kinds of chunks of a collector.
const (
	Numbers = 'n' // package numbers
	Sizes   = 'f' // package files
)

// Part is a chunk's kind and payload.
type Part struct {
	Kind    byte
	Payload []byte
}

// Log is the two files, written to. Not for concurrent use.
type Log struct {
	path    string // with a number behind it
	sync    bool   // what was written survives a power failure
	f       *os.File
	at      cursor.Changes // as the record has it
	next    cursor.Changes // as written
	first   int64          // length of the beginning
	durable bool           // the record that has at is
	buf     []byte
}

// New returns the log of a collector whose record has at. path is that of the files without their numbers.
func New(path string, at cursor.Changes, sync bool) *Log {
	return &Log{path: path, sync: sync, at: at, next: at, durable: true}
}

// WantsWhole reports whether the next Write must have all that is known.
func (l *Log) WantsWhole() bool {
	return l.f == nil || l.next.File != l.at.File || l.durable && l.at.Size > 2*l.first+small || !l.isThere()
}

// isThere reports whether the file has a name.
func (l *Log) isThere() bool {
	var st unix.Stat_t
	return unix.Fstat(int(l.f.Fd()), &st) == nil && st.Nlink > 0
}

// Write writes what has changed since the last Named, or all that is known, and returns what the record is
// to have. After an error the record is as good as before.
func (l *Log) Write(whole bool, parts ...Part) (cursor.Changes, error) {
	if whole {
		if err := l.begin(); err != nil {
			return l.at, err
		}
	}
	from := l.at.Size
	l.buf = l.buf[:0]
	if whole {
		from = 0
		l.buf = append(l.buf, begin...)
	}
	for _, p := range parts {
		l.buf = appendChunk(l.buf, l.next.File, p)
	}
	fault.Point("collect.changes.before")
	_, err := l.f.WriteAt(l.buf, from)
	if err == nil && l.sync {
		err = unix.Fdatasync(int(l.f.Fd()))
	}
	fault.Point("collect.changes.after")
	if err != nil {
		return l.at, err
	}
	l.next.Size = from + int64(len(l.buf))
	if whole {
		l.first = l.next.Size
		l.reserve()
	}
	if cap(l.buf) > 1<<20 {
		l.buf = nil
	}
	return l.next, nil
}

// begin begins the other file. Its blocks are written over: on a full disk there are no others.
func (l *Log) begin() (err error) {
	l.Close()
	l.next = cursor.Changes{File: l.at.File + 1}
	name := fileName(l.path, l.next.File)
	l.f, err = os.OpenFile(name, os.O_CREATE|os.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o640)
	if err != nil {
		l.f = nil
		return err
	}
	if l.sync {
		return record.SyncDir(filepath.Dir(l.path))
	}
	return nil
}

// reserve takes the blocks that the file will want, as far as there are any.
func (l *Log) reserve() {
	most := 3*l.first + 2*small
	if st, err := l.f.Stat(); err == nil && st.Size() > most {
		_ = l.f.Truncate(most)
	}
	_ = unix.Fallocate(int(l.f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, most)
}

// Named tells that the record has what Write returned.
func (l *Log) Named() { l.at, l.durable = l.next, false }

// Durable tells that this record is durable: what is not in it may be written over.
func (l *Log) Durable() { l.durable = true }

// Close closes the file.
func (l *Log) Close() {
	if l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
}

// fileName is the path of a file: two take turns.
func fileName(path string, n uint64) string { return path + "." + strconv.FormatUint(n%2, 10) }

func appendChunk(dst []byte, file uint64, p Part) []byte {
	at := len(dst)
	dst = append(dst, p.Kind)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(p.Payload)))
	sum := checksum(file, dst[at:], p.Payload)
	return append(binary.LittleEndian.AppendUint32(dst, sum), p.Payload...)
}

// checksum is that of a chunk in a file.
func checksum(file uint64, head, payload []byte) uint32 {
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, 16), file)
	return crc32.Update(crc32.Update(crc32.Checksum(b, castagnoli), castagnoli, head), castagnoli, payload)
}
