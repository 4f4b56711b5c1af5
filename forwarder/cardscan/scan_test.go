package cardscan

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/cardnumber"
)

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func packed(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// scanned are findings and errors of paths, below dir, as text.
func scanned(t *testing.T, dir string, o Options, paths ...string) (found, failed []string, total Total) {
	t.Helper()
	o.Found = func(f Finding) {
		name, _ := filepath.Rel(dir, f.Path)
		line := fmt.Sprintf("%s:%d: %s %s", name, f.Line, f.Network, f.Number)
		if o.Context > 0 {
			line += fmt.Sprintf(" [%s|%s]", f.Before, f.After)
		}
		if f.Excepted {
			line += " excepted"
		}
		found = append(found, line)
	}
	o.Failed = func(err error) { failed = append(failed, err.Error()) }
	total = Paths(t.Context(), paths, o)
	return found, failed, total
}

// TestMixedDirectory: files, packed ones, several members, no end of line, and what is no file.
func TestMixedDirectory(t *testing.T) {
	dir := t.TempDir()
	clean := strings.Repeat("203.0.113.7 - - \"GET / HTTP/1.1\" 200 12345\n", 60_000)
	write(t, dir+"/a/access_log", []byte(clean+"pan=4111111111111111&cvv=123\n"+clean+"5555 5555 5555 4444\n"))
	write(t, dir+"/a/b/access_log.gz", packed(t, []byte("x\n"+clean+"c 378282246310005")))
	write(t, dir+"/a/b/two.gz", append(packed(t, []byte(clean)), packed(t, []byte("4111-1111-1111-1111\n"))...))
	write(t, dir+"/a/clean", []byte(clean))
	write(t, dir+"/a/empty", nil)
	write(t, dir+"/a/one", []byte{0x1f})
	if err := os.Symlink(dir+"/a/access_log", dir+"/a/link"); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(dir+"/a/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	found, failed, total := scanned(t, dir, Options{}, dir+"/a")
	want := []string{
		"a/access_log:60001: visa 411111******1111", "a/access_log:60001: code ***", "a/access_log:120002: mastercard 5555 55** **** 4444",
		"a/b/access_log.gz:60002: amex 378282*****0005", "a/b/two.gz:60001: visa 4111-11**-****-1111",
	}
	if !slices.Equal(found, want) || failed != nil {
		t.Errorf("found\n%s\nfailed %q", strings.Join(found, "\n"), failed)
	}
	if total.Files != 6 || total.With != 3 || total.Failed != 0 || total.Counts.Total() != 5 {
		t.Errorf("%+v", total)
	}
	found, _, _ = scanned(t, dir, Options{}, dir+"/a/link")
	if len(found) != 3 {
		t.Errorf("by a link that was named: %q", found)
	}
}

// TestUnreadable: what cannot be read is told, and what can be read of it is looked at.
func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	whole := packed(t, []byte("4111111111111111\n"+strings.Repeat("some text that can be packed\n", 1000)))
	write(t, dir+"/cut.gz", whole[:len(whole)-8])
	write(t, dir+"/bad.gz", []byte("\x1f\x8bno gzip at all"))
	if err := unix.Mkfifo(dir+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	found, failed, total := scanned(t, dir, Options{}, dir+"/cut.gz", dir+"/bad.gz", dir+"/pipe", dir+"/none")
	if len(found) != 1 || len(failed) != 4 || total.Failed != 4 || total.Files != 2 {
		t.Errorf("found %q, failed %q, %+v", found, failed, total)
	}
	for i, name := range []string{"cut.gz", "bad.gz", "pipe", "none"} {
		if !strings.Contains(failed[i], dir+"/"+name) {
			t.Errorf("failed: %q", failed[i])
		}
	}
}

// TestLongLines: numbers in a line that is longer than the buffer are found once, wherever they stand.
func TestLongLines(t *testing.T) {
	dir := t.TempDir()
	for _, shift := range []int{0, 1, 7, 15, 16, 17, 100, 255, 256, 257, 300} {
		line := bytes.Repeat([]byte("z"), 3*bufSize)
		places := []int{bufSize - shift, bufSize - overlap - shift, 2*bufSize - overlap - shift}
		for _, at := range places {
			copy(line[at:], "4111111111111111")
		}
		write(t, dir+"/long", append([]byte("first\n"), line...))
		found, _, _ := scanned(t, dir, Options{}, dir+"/long")
		if want := slices.Repeat([]string{"long:2: visa 411111******1111"}, len(places)); !slices.Equal(found, want) {
			t.Errorf("shift %d: %q", shift, found)
		}
	}
}

// TestContext: what is shown around a number is truncated as well, whatever is excepted.
func TestContext(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/f", []byte("4111111111111111 order_id=4111111111111111 b\nnext\n"))
	found, _, total := scanned(t, dir, Options{Context: 20, Rules: cardnumber.Rules{Except: []string{"order_id="}}}, dir+"/f")
	want := []string{
		"f:1: visa 411111******1111 [| order_id=411111****]",
		"f:1: visa 411111******1111 [******1111 order_id=| b] excepted",
	}
	if !slices.Equal(found, want) || total.Counts.Excepted != 1 || total.Counts.Total() != 1 {
		t.Errorf("%q, %+v", found, total.Counts)
	}
}

// TestPrint: nothing that a line or a file's name says steers a terminal, and progress leaves no trace
// in what is printed.
func TestPrint(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/a\x1b[2Jb", []byte("\x1b]0;title\x07 4111111111111111 \u202e\n"))
	var out, errs strings.Builder
	total := Print(t.Context(), []string{dir, dir + "/\x1bnone"}, Options{Context: 30}, &out, &errs, true)
	if total.Failed != 1 || total.ExitStatus() != 2 {
		t.Fatal(total)
	}
	want := dir + `/a\x1b[2Jb:1: visa \x1b]0;title\x07 411111******1111 \xe2\x80\xae` + "\n1 file, 32 B: 1 card number in 1 file; 1 could not be read\n"
	if out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
	if got := strings.ReplaceAll(errs.String(), "\r\x1b[K", ""); !strings.Contains(got, `httpd_syslog: lstat `+dir+`/\x1bnone: no such file`) || strings.Contains(got, "\x1b") {
		t.Errorf("complained: %q", got)
	}
}

// cpu is the processor time of the process: other processes of the machine are not in it.
func cpu() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPaths is a file of access lines without card numbers, of the page cache.
func BenchmarkPaths(b *testing.B) {
	line := `www.example.com 203.0.113.167 - alice [26/Nov/2026:15:16:00 +0000] "GET /cart?item=42&q=a%20b HTTP/1.1" 200 55010 "https://www.example.com/" "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Safari/537.36"` + "\n"
	path := filepath.Join(b.TempDir(), "access_log")
	write(b, path, bytes.Repeat([]byte(line), 300_000))
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	begin := cpu()
	defer func() {
		b.ReportMetric(float64(info.Size())*float64(b.N)/(cpu()-begin).Seconds()/1e6, "cpu-MB/s")
	}()
	for b.Loop() {
		if total := Paths(b.Context(), []string{path}, Options{}); total.Counts.Total() != 0 || total.Bytes != info.Size() {
			b.Fatalf("%+v", total)
		}
	}
}
