package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/testbed"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

func pack(content string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, content) // memory takes all
	_ = z.Close()
	return b.String()
}

// all is what Read gives of a file.
func all(t *testing.T, path string) (string, Content) {
	t.Helper()
	var text strings.Builder
	lines := int64(1)
	c, err := Read(context.Background(), path, func(b Block) error {
		if b.Offset != int64(text.Len()) || b.Line != lines {
			t.Errorf("%s: a block at %d, line %d, after %d and %d", path, b.Offset, b.Line, text.Len(), lines)
		}
		text.Write(b.Data)
		lines += int64(bytes.Count(b.Data, newline))
		return nil
	})
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return text.String(), c
}

// TestRead: plain and compressed files of all sizes are read whole, but for what follows the last line.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	for _, size := range []int{0, 1, blockSize/2 - 1, blockSize / 2, blockSize, 3*blockSize + 7} {
		for _, length := range []int{1, 100, 70000, blockSize + 1} {
			line := strings.Repeat("x", length-1) + "\n"
			content := strings.Repeat(line, size/length)
			for _, partial := range []string{"", "yy"} {
				plain, packed := filepath.Join(dir, "a"), filepath.Join(dir, "a.gz")
				testbed.WriteFile(t, plain, content+partial)
				testbed.WriteFile(t, packed, pack(content+partial))
				for _, path := range []string{plain, packed} {
					text, c := all(t, path)
					if text != content || c.Partial != len(partial) || c.Bytes != int64(len(content)) || c.Lines != int64(size/length) || len(c.Flaws) > 0 {
						t.Fatalf("%s with %d lines of %d bytes and %q: %d bytes, %+v", path, size/length, length, partial, len(text), c)
					}
				}
			}
		}
	}
}

// TestLongLine: a line above the limit is read as several, and no byte of it is lost.
func TestLongLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	content := strings.Repeat("z", 3*MaxLine+5) + "\nshort\n"
	testbed.WriteFile(t, path, content)
	if text, _ := all(t, path); text != content {
		t.Errorf("%d bytes of %d", len(text), len(content))
	}
}

// TestFlaws of compressed files are told, and what is whole is read all the same.
func TestFlaws(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.gz")
	good := pack("one\ntwo\n")
	for name, c := range map[string]struct{ content, text, flaw string }{
		"good":             {good, "one\ntwo\n", ""},
		"empty":            {"", "", "it is empty"},
		"plain":            {"one\n", "", "not compressed"},
		"second":           {good + pack("three\n"), "one\ntwo\nthree\n", "a second gzip member"},
		"second, empty":    {good + pack(""), "one\ntwo\n", "a second gzip member"},
		"behind":           {good + "x", "one\ntwo\n", "bytes behind"},
		"zeros behind":     {good + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "one\ntwo\n", "bytes behind"},
		"cut in the sum":   {good[:len(good)-3], "one\ntwo\n", "damaged or not whole"},
		"cut in the head":  {good[:5], "", "not compressed"},
		"another sum":      {good[:len(good)-8] + "abcd" + good[len(good)-4:], "one\ntwo\n", "damaged or not whole"},
		"other bytes":      {good[:12] + "\xff\xff\xff" + good[15:], "", "damaged or not whole"},
		"cut in second":    {good + good[:14], "one\ntwo\n", "a second gzip member"},
		"cut second, head": {good + good[:7], "one\ntwo\n", "bytes behind"},
	} {
		testbed.WriteFile(t, path, c.content)
		text, got := all(t, path)
		if text != c.text && c.text != "" || (len(got.Flaws) > 0) != (c.flaw != "") || !strings.Contains(strings.Join(got.Flaws, "\n"), c.flaw) {
			t.Errorf("%s: %q, %+v", name, text, got)
		}
	}
}

// TestReadEnds where its visitor or its context says so, and leaves no goroutine.
func TestReadEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	testbed.WriteFile(t, path, strings.Repeat("line\n", blockSize))
	enough := errors.New("enough")
	if _, err := Read(context.Background(), path, func(Block) error { return enough }); err != enough {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	if _, err := Read(ctx, path, func(Block) error { stop(); return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := Read(ctx, path+".gone", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v: a file is opened", err)
	}
	var b bytes.Buffer
	if err := ReadRange(context.Background(), path, blockSize-3, blockSize+4, func(p []byte) error { b.Write(p); return nil }); err != nil {
		t.Error(err)
	}
	if want := strings.Repeat("line\n", blockSize)[blockSize-3 : blockSize+4]; b.String() != want {
		t.Errorf("%q, want %q", &b, want)
	}
}

// TestReadFails: an error of the disk comes back behind the lines that could be read.
func TestReadFails(t *testing.T) {
	broken := errors.New("a disk")
	for _, text := range []string{"", "one\n", "one\ntw"} {
		var got strings.Builder
		_, err := read(context.Background(), io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), blockSize, func(b Block) error {
			got.Write(b.Data)
			return nil
		})
		if want := text[:strings.LastIndexByte(text, '\n')+1]; !errors.Is(err, broken) || got.String() != want {
			t.Errorf("%q: %v, %q", text, err, got.String())
		}
	}
}

// TestFind: regular files alone, and nothing that a link leads to.
func TestFind(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	testbed.WriteFile(t, outside, "x")
	var want []string
	for _, name := range []string{"a.log", "a/1", "a/2.gz", "b"} {
		testbed.WriteFile(t, filepath.Join(dir, name), "x")
		want = append(want, filepath.Join(dir, name))
	}
	link, pipe := filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.Symlink(outside, link), unix.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	if got, err := Find(dir); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for _, path := range []string{link, pipe, dir, filepath.Join(dir, "none")} {
		if _, err := Read(context.Background(), path, nil); err == nil {
			t.Errorf("%s was read", path)
		}
	}
	if _, err := Find(filepath.Join(dir, "none")); err == nil {
		t.Error("what is not there was found")
	}
}

// FuzzMembers: whatever a compressed file has, reading ends, and without an error of the system.
func FuzzMembers(f *testing.F) {
	good := pack("one\ntwo\n")
	f.Add([]byte(good))
	f.Add([]byte(good + good[:13]))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := &members{r: bufio.NewReader(bytes.NewReader(data))}
		if _, err := read(context.Background(), m, blockSize, func(Block) error { return nil }); err != nil {
			t.Error(err)
		}
	})
}
