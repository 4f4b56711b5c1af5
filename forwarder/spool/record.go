package spool

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

// recordBlock: records have sizes of whole blocks.
const recordBlock = 4096

// recordVersion is that of records whose meaning this program knows.
const recordVersion = 1

// ErrRecordVersion: the record is a newer program's. What it says must not be
// guessed.
var ErrRecordVersion = errors.New("record of another format version")

// WriteRecord writes v as JSON, with a line of version and checksum, so that path holds either
// the old record or the new one, whole, after the death of the process at any
// instant; with sync after a power failure too. That it is the new one is
// certain after SyncDir.
//
// The old record stays as path.new, where the next one is written in its place:
// a disk that has become full has room for that.
func WriteRecord(path string, v any, sync bool) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	b = fmt.Appendf(b, "\n%d", recordVersion)
	b = fmt.Appendf(b, " %08x\n", crc32.Checksum(b, castagnoli()))
	b = append(b, bytes.Repeat([]byte{' '}, -len(b)&(recordBlock-1))...)
	if err := fault.Error("record.write"); err != nil {
		return err
	}
	next := path + ".new"
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

// ReadRecord reads what WriteRecord wrote. A missing file satisfies
// errors.Is(err, fs.ErrNotExist); a damaged one has an error that says so.
func ReadRecord(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	body, end, _ := bytes.Cut(b, []byte("\n"))
	version, sum, _ := bytes.Cut(end, []byte(" "))
	want := fmt.Sprintf("%08x\n", crc32.Checksum(b[:min(len(b), len(body)+1+len(version))], castagnoli()))
	if rest, is := bytes.CutPrefix(sum, []byte(want)); !is || len(bytes.Trim(rest, " ")) > 0 {
		return fmt.Errorf("%s: not a whole record: wrong checksum", path)
	}
	if string(version) != strconv.Itoa(recordVersion) {
		return fmt.Errorf("%s: %w: %s, and this program knows %d; install the version that wrote it", path, ErrRecordVersion, version, recordVersion)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
