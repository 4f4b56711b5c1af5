package record

import (
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
)

func FuzzRead(f *testing.F) {
	path := filepath.Join(f.TempDir(), "record")
	check(f, Write(path, aRecord, false))
	b, err := os.ReadFile(path)
	check(f, err)
	f.Add(b, false)
	f.Add([]byte("null"), true)
	f.Add([]byte("{\"a\":[1,null]}"), true)
	f.Add([]byte("\n00000000\n"), false)
	f.Fuzz(func(t *testing.T, b []byte, mend bool) {
		if mend {
			b = fmt.Appendf(b[:len(b):len(b)], "\n%d", formatVersion)
			b = fmt.Appendf(b, " %08x\n", crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
		}
		check(t, os.WriteFile(path, b, 0o640))
		var v any
		if Read(path, &v) != nil {
			return
		}
		check(t, Write(path, v, false)) // what is read can be written
		var again any
		check(t, Read(path, &again))
	})
}
