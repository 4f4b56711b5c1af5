package form

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/transport"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

// line is a message of RFC 5424.
func line(n int) string {
	return fmt.Sprintf("<141>1 2026-11-27T10:00:00.000000Z web1 httpd 1-2 access [meta sequenceId=\"%d\"] line %d\n", n, n)
}

// finished is an object of parts that were added one by one.
func finished(t testing.TB, mark string, parts ...string) *Object {
	t.Helper()
	var e Entry
	for _, p := range parts {
		if err := e.Add([]byte(p)); err != nil {
			t.Fatal(err)
		}
	}
	o, err := e.Finish([]byte(mark))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// unpacked is the mark and the text of an object, which must be one member of gzip and nothing behind it.
func unpacked(t testing.TB, b []byte) (mark, text string) {
	t.Helper()
	m, err := ParseHeader(b)
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(b)
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	z.Multistream(false)
	plain, err := io.ReadAll(z)
	if err != nil || r.Len() > 0 {
		t.Fatalf("%v, and %d bytes behind", err, r.Len())
	}
	return string(m), string(plain)
}

// TestEntry: objects of all sizes are what was added, and equal whatever the parts were.
func TestEntry(t *testing.T) {
	t.Parallel()
	noise := rand.New(rand.NewPCG(1, 2))
	random := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('!' + noise.IntN(90))
		}
		return string(b)
	}
	for _, size := range []int{1, 100, pieceSize - 1, pieceSize, pieceSize + 1, 5*pieceSize + 3, 1 << 20} {
		for _, text := range []string{strings.Repeat("x", size), random(size)} {
			for _, mark := range []string{"", "m", strings.Repeat("~", transport.MaxMark)} {
				o := finished(t, mark, text)
				if o.Length < pieceSize/4 {
					if err := iotest.TestReader(o.Reader(), bytes.Join(o.pieces, nil)); err != nil {
						t.Fatal(err)
					}
				}
				b, err := io.ReadAll(o.Reader())
				if err != nil || int64(len(b)) != o.Length || sha256.Sum256(b) != o.Sum {
					t.Fatalf("%v, %d bytes of %d", err, len(b), o.Length)
				}
				if m, got := unpacked(t, b); m != mark || got != text {
					t.Fatalf("%d bytes of mark and %d of text are not %d and %d", len(m), len(got), len(mark), len(text))
				}
				third := len(text) / 3
				other := finished(t, mark, text[:third], text[third:2*third], text[2*third:])
				if other.Sum != o.Sum {
					t.Errorf("%d bytes in three parts make another object than in one", size)
				}
			}
		}
	}
}

// TestFull: lines of either kind make an object full before it is above its bounds.
func TestFull(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 256<<10)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for name, batch := range map[string][]byte{"lines": bytes.Repeat([]byte("a line\n"), 256<<10/7), "noise": noise} {
		var e Entry
		for !e.IsFull() {
			if err := e.Add(batch); err != nil {
				t.Fatal(err)
			}
		}
		if e.bytes > FullLines+int64(len(batch)) || e.packed.length > FullPacked+2*len(batch) {
			t.Errorf("%s: %d bytes, %d packed", name, e.bytes, e.packed.length)
		}
	}
}

// TestIdle: few lines need no compressor, and an object that was put leaves nothing behind.
func TestIdle(t *testing.T) {
	t.Parallel()
	var e Entry
	for n := range 100 {
		if err := e.Add([]byte(line(n))); err != nil {
			t.Fatal(err)
		}
	}
	if e.writer != nil || len(e.packed.all) > 0 || cap(e.raw) > 4*len(e.raw) {
		t.Errorf("100 lines, %d bytes, have a compressor or %d bytes", e.bytes, cap(e.raw))
	}
	if _, err := e.Finish(nil); err != nil {
		t.Fatal(err)
	}
}

// TestHeader: a mark is read back from the beginning of an object, and not from one that was cut or is another's.
func TestHeader(t *testing.T) {
	t.Parallel()
	b := AppendHeader(nil, []byte("a mark"))
	for n := range len(b) {
		if mark, err := ParseHeader(b[:n]); err == nil {
			t.Errorf("%d bytes of %d have the mark %q", n, len(b), mark)
		}
	}
	for i := range b {
		for _, c := range []byte{0, 0x1f, 0xff, b[i] ^ 1} {
			changed := bytes.Clone(b)
			changed[i] = c
			mark, err := ParseHeader(changed)
			if err == nil && i < MarkAt && c != b[i] {
				t.Errorf("with byte %d changed to %#x: %q", i, c, mark)
			}
			if err == nil && (c < ' ' || c > '~') && i >= MarkAt {
				t.Errorf("a mark with %#x: %q", c, mark)
			}
		}
	}
}

// FuzzHeader: whatever an object begins with, a mark is printable and bounded, and what has one is as we would have
// written it.
func FuzzHeader(f *testing.F) {
	f.Add(AppendHeader(nil, []byte("mark")))
	f.Add(append(AppendHeader(nil, nil), "rest"...))
	f.Add([]byte("\x1f\x8b\x08\x04\x00\x00\x00\x00\x04\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		mark, err := ParseHeader(b)
		if err != nil {
			return
		}
		if len(mark) > transport.MaxMark || strings.ContainsFunc(string(mark), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("the mark %q", mark)
		}
		if again := AppendHeader(nil, mark); !bytes.HasPrefix(b, again) {
			t.Errorf("%q is not %q", b, again)
		}
	})
}

// FuzzKey: no key leads out of a directory, and one of ours is the only one of its series and number.
func FuzzKey(f *testing.F) {
	f.Add("logs", "logs/web1/0123456789abcdef0123456789abcdef/000000000001.log.gz")
	f.Add("", "../0123456789abcdef0123456789abcdef/000000000001.log.gz")
	f.Fuzz(func(t *testing.T, prefix, key string) {
		of, number, ok := ParseKey(prefix, key)
		if !ok {
			return
		}
		if strings.ContainsAny(of.Host+of.ID, "/\x00") || strings.HasPrefix(of.Host, ".") || len(of.Host) > maxHost || number < 1 {
			t.Errorf("%q: %q, %d", key, of, number)
		}
		if CheckPrefix(prefix) == nil && of.Key(prefix, number) != key {
			t.Errorf("%q is not %q", key, of.Key(prefix, number))
		}
		if SafeHost(of.Host) != of.Host {
			t.Errorf("%q becomes %q", of.Host, SafeHost(of.Host))
		}
	})
}

// TestSafeHost: names of hosts in keys.
func TestSafeHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"web1.example.com": "web1.example.com", "Web_1-a": "Web_1-a", "": "_", "-": "-", "..": "_.", "a/b": "a_b", "\x1b[2J": "__2J", "é": "__",
		strings.Repeat("x", 300): strings.Repeat("x", maxHost),
	} {
		if got := SafeHost(host); got != want {
			t.Errorf("%q becomes %q, not %q", host, got, want)
		}
		of, err := SeriesOf(transport.Series{Host: host, ID: strings.Repeat("a", 32)})
		if again, n, ok := ParseKey("p", of.Key("p", 7)); err != nil || !ok || again != of || n != 7 {
			t.Errorf("%q: %v, %v, %d", host, err, again, n)
		}
	}
	if _, err := SeriesOf(transport.Series{Host: "a", ID: "../x"}); err == nil {
		t.Error("an ID that leads elsewhere is taken")
	}
}

// TestKeys: a key of ours has all its parts, and nothing else has.
func TestKeys(t *testing.T) {
	t.Parallel()
	const id = "0123456789abcdef0123456789abcdef"
	ours := Series{"web1", id}
	if key := ours.Key("a/b", 7); key != "a/b/web1/"+id+"/000000000007.log.gz" {
		t.Error(key)
	}
	if key := ours.Key("", MaxNumber); key != "web1/"+id+"/999999999999.log.gz" {
		t.Error(key)
	}
	for _, tt := range []struct {
		prefix, key string
		number      int64 // 0: it is none of ours
	}{
		{"a/b", "a/b/web1/" + id + "/000000000007.log.gz", 7}, {"", "web1/" + id + "/999999999999.log.gz", MaxNumber},
		{"a", "a/b/web1/" + id + "/000000000007.log.gz", 0}, {"a/b", "web1/" + id + "/000000000007.log.gz", 0}, {"a/b", "a/bweb1/" + id + "/000000000007.log.gz", 0},
		{"", "web1/" + id + "/000000000000.log.gz", 0}, {"", "web1/" + id + "/7.log.gz", 0}, {"", "web1/" + id + "/000000000007.log", 0},
		{"", "web1/" + id[1:] + "/000000000007.log.gz", 0}, {"", "web1/" + strings.ToUpper(id) + "/000000000007.log.gz", 0}, {"", ".web1/" + id + "/000000000007.log.gz", 0},
		{"", "/" + id + "/000000000007.log.gz", 0}, {"", "web1/" + id + "/000000000007.log.gz/x", 0}, {"", "", 0},
	} {
		of, number, ok := ParseKey(tt.prefix, tt.key)
		if ok != (tt.number > 0) || ok && (of != ours || number != tt.number) {
			t.Errorf("%q below %q: %v, %d, %t", tt.key, tt.prefix, of, number, ok)
		}
	}
}

// TestPrefixes: what no key can begin with is told.
func TestPrefixes(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]string{
		"": "", "logs": "", "a/b.c/~d": "", strings.Repeat("x", maxPrefix): "", strings.Repeat("x", maxPrefix+1): "the path has 513 bytes, above 512",
		"/a": "empty parts", "a/": "empty parts", "a//b": "empty parts", "./a": "empty parts", "a/../b": "empty parts", "..": "empty parts", "../a": "empty parts", ".": "empty parts",
		"a b": "other characters", "ä": "other characters", "a\x7f": "other characters", "a\n": "other characters",
	} {
		if err := CheckPrefix(prefix); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", prefix, err, want)
		}
	}
}

// TestHowFull: an object is full by its lines or by what they are compressed to, and over at twice as much.
func TestHowFull(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		e          Entry
		full, over bool
	}{
		{Entry{bytes: FullLines - 1}, false, false}, {Entry{bytes: FullLines}, true, false}, {Entry{bytes: 2*FullLines - 1}, true, false}, {Entry{bytes: 2 * FullLines}, true, true},
		{Entry{packed: pieces{length: FullPacked - 1}}, false, false}, {Entry{packed: pieces{length: FullPacked}}, true, false},
		{Entry{packed: pieces{length: 2*FullPacked - 1}}, true, false}, {Entry{packed: pieces{length: 2 * FullPacked}}, true, true},
	} {
		if tt.e.IsFull() != tt.full || tt.e.IsOver() != tt.over || tt.e.Bytes() != tt.e.bytes {
			t.Errorf("%d bytes, packed %d: full %t, over %t", tt.e.bytes, tt.e.packed.length, tt.e.IsFull(), tt.e.IsOver())
		}
	}
}

// BenchmarkEntry: what lines cost until they are an object.
func BenchmarkEntry(b *testing.B) {
	var batch []byte
	for n := 0; len(batch) < 256<<10; n++ {
		batch = append(batch, line(n)...)
	}
	b.SetBytes(int64(len(batch)))
	b.ReportAllocs()
	var e Entry
	for b.Loop() {
		if err := e.Add(batch); err != nil {
			b.Fatal(err)
		}
		if e.IsFull() {
			if _, err := e.Finish([]byte("mark")); err != nil {
				b.Fatal(err)
			}
			e = Entry{}
		}
	}
}
