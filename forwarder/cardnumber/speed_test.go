package cardnumber

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"
)

// accessLines are n lines of the demo's kind: its sample, with other addresses, times, sizes.
func accessLines(t testing.TB, n int) []byte {
	t.Helper()
	sample, err := os.ReadFile("../../packaging/demo/access.sample")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(bytes.TrimSpace(sample), []byte("\n"))
	r := rand.New(rand.NewPCG(1, 1))
	var all []byte
	for i := range n {
		l := bytes.TrimSuffix(lines[i%len(lines)], []byte("\n"))
		host, rest, _ := bytes.Cut(l, []byte(" "))
		_, rest, _ = bytes.Cut(rest, []byte("["))
		_, rest, _ = bytes.Cut(rest, []byte("]"))
		at := time.Unix(1764000000+r.Int64N(1e7), 0).UTC().Format("02/Jan/2006:15:04:05 -0700")
		all = fmt.Appendf(all, "%s %d.%d.%d.%d - - [%s]%s %d\n", host, r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256), at, rest, r.IntN(1e7))
	}
	return all
}

// TestRealLines: no access line of the demo's kind is taken for one with a card number.
func TestRealLines(t *testing.T) {
	lines := accessLines(t, 10000)
	before := bytes.Clone(lines)
	n := New(Rules{}).Truncate(lines)
	if n != 0 || !bytes.Equal(lines, before) {
		t.Errorf("%d found", n)
	}
	t.Logf("10000 lines, %d bytes: %d touched", len(lines), n)
}

var lineOf220 = []byte(`www.example.com 203.0.113.167 - alice [26/Nov/2026:15:16:00 +0000] "GET /cart?item=42&q=a%20b HTTP/1.1" 200 55010 "https://www.example.com/" "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Safari/537.36"` + "\n")

// spent is the processor time of the process: other processes of the machine are not in it.
func spent() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// run is a benchmark of f, with the processor time for a line and for a byte.
func run(b *testing.B, in []byte, f func([]byte) int) {
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	f(in)
	begin := spent()
	for b.Loop() {
		f(in)
	}
	ns := float64(spent()-begin) / float64(b.N)
	b.ReportMetric(ns/float64(max(1, bytes.Count(in, []byte("\n")))), "cpu-ns/line")
	b.ReportMetric(float64(len(in))/ns*1000, "cpu-MB/s")
}

func BenchmarkLine(b *testing.B) { run(b, lineOf220, New(Rules{}).Truncate) }

// BenchmarkRead is a read of an intake at once.
func BenchmarkRead(b *testing.B) {
	run(b, bytes.Repeat(lineOf220, 500), New(Rules{}).Truncate)
}

// BenchmarkSample is a read of the demo's lines.
func BenchmarkSample(b *testing.B) {
	run(b, accessLines(b, 500), New(Rules{}).Truncate)
}

// worst are the inputs that cost most.
var worst = map[string]string{
	"digits":                "4111111111111111",
	"number, wrong":         "4111111111111112 ",
	"numbers":               "4111111111111111 ",
	"groups":                "4111 1111 1111 1111 ",
	"groups, wrong":         "4111 1111 1111 1112 ",
	"groups of 4":           "4011-",
	"URL groups":            "4011+",
	"URL groups of 4 and 5": "3611+36111+",
	"Diners of 5":           "36111+",
	"Diners 3, 5":           "3611+361111+36111+",
	"escaped":               "4111%2520",
	"nbsp":                  "4111%C2%A0",
	"hex":                   "a4111111111111111b",
	"hex groups":            "a4111-1111-1111-1111bc",
	"13":                    "4222222222222 ",
	"13, word":              "card=4222222222222 ",
	"track 1":               "%B4111111111111111^A^1?",
	"track 1, open":         "4111111111111111^",
	"track 1, not ended":    "%224917610000000000003%5E%%5E+", // found by a random search, as the next
	"13, no word":           "D3+c4222222222222vv*4222222222222\ncc/",
	"track 2":               "4111111111111111=2512101",
	"codes":                 "cvv=123&",
	"cv":                    "cv",
	"cvv":                   "cvvcode%22 ",
}

func BenchmarkWorst(b *testing.B) {
	for name, unit := range worst {
		b.Run(name, func(b *testing.B) {
			run(b, bytes.Repeat([]byte(unit), 64<<10/len(unit)), New(Rules{}).Count)
		})
	}
}
