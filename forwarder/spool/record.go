package spool

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"

	"golang.org/x/sys/unix"
)

// WriteRecord writes v as JSON, with a checksum line, so that path holds either
// the old record or the new one, whole, after the death of the process at any
// instant; with sync after a power failure too. That it is the new one is
// certain after SyncDir.
func WriteRecord(path string, v any, sync bool) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	b = fmt.Appendf(b, "\n%08x\n", crc32.Checksum(b, castagnoli))
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil && sync {
		err = unix.Fdatasync(int(f.Fd()))
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	return err
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
	body, sum, ok := bytes.Cut(b, []byte("\n"))
	want := fmt.Sprintf("%08x\n", crc32.Checksum(body, castagnoli))
	if !ok || string(sum) != want {
		return fmt.Errorf("%s: not a whole record: wrong checksum", path)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
