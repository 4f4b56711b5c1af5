// Package record keeps small files that are whole or the one before: positions of consumers, whose
// a state directory is, what was told. A file holds a value as JSON, and a line of version and checksum.
//
// A process that is killed at any instant leaves the old record or the new one. A power failure costs
// the new one, unless it was written with sync and [SyncDir] has been called. A record that is damaged
// is never taken for a whole one; one of a newer program is not guessed at ([ErrVersion]).
//
//	the value as JSON, without line ends
//	LF
//	version, 1, in decimal digits
//	space
//	CRC-32C (Castagnoli) of all before the space, 8 hexadecimal digits
//	LF
//	spaces, up to a multiple of 4,096 bytes
//
// It takes no lock: whoever may write a record is for its owner to see to.
package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/fault"
)

// block: records have sizes of whole blocks.
const block = 4096

// formatVersion is that of records whose meaning this program knows.
const formatVersion = 1

// ErrVersion: the record is a newer program's. What it says must not be
// guessed.
var ErrVersion = errors.New("record of another format version")

// Write writes v as JSON, with a line of version and checksum, so that path holds either
// the old record or the new one, whole, after the death of the process at any
// instant; with sync after a power failure too. That it is the new one is
// certain after SyncDir.
//
// The old record stays as path.new, where the next one is written in its place:
// a disk that has become full has room for that.
func Write(path string, v any, sync bool) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	b = fmt.Appendf(b, "\n%d", formatVersion)
	b = fmt.Appendf(b, " %08x\n", crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	b = append(b, bytes.Repeat([]byte{' '}, -len(b)&(block-1))...)
	if err := fault.Error("record.write"); err != nil {
		return err
	}
	next := Before(path)
	f, err := os.OpenFile(next, os.O_CREATE|os.O_WRONLY|unix.O_NOFOLLOW, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Truncate(int64(len(b)))
	}
	if err == nil && sync {
		err = unix.Fdatasync(int(f.Fd()))
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		fault.Point("record.written")
		err = putInPlace(next, path)
		fault.Point("record.placed")
	}
	return err
}

// Before is where the record is that was written before that of a path, if there is one, and where the next one is written.
func Before(path string) string { return path + ".new" }

// putInPlace exchanges the two files, where there are two and the file system can.
func putInPlace(next, path string) error {
	if unix.Renameat2(unix.AT_FDCWD, next, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE) == nil {
		return nil
	}
	return os.Rename(next, path)
}

// SyncDir makes the names in a directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Read reads what Write wrote. A missing file satisfies
// errors.Is(err, fs.ErrNotExist); a damaged one has an error that says so.
func Read(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	body, end, _ := bytes.Cut(b, []byte("\n"))
	version, sum, _ := bytes.Cut(end, []byte(" "))
	want := fmt.Sprintf("%08x\n", crc32.Checksum(b[:min(len(b), len(body)+1+len(version))], crc32.MakeTable(crc32.Castagnoli)))
	if rest, is := bytes.CutPrefix(sum, []byte(want)); !is || len(bytes.Trim(rest, " ")) > 0 {
		return fmt.Errorf("%s: not a whole record: wrong checksum", path)
	}
	if string(version) != strconv.Itoa(formatVersion) {
		return fmt.Errorf("%s: %w: %s, and this program knows %d; install the version that wrote it", path, ErrVersion, version, formatVersion)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
