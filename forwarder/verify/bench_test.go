package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/verifytest"
)

// benchLines is how many lines are checked, in millions, unless HTTPD_SYSLOG_LINES says otherwise.
const benchLines = 2

// BenchmarkVerify checks the files of a central server in a process of its own, plain, compressed, and half of
// each: lines a second, and the most memory that the process had. It prints what the process says.
func BenchmarkVerify(b *testing.B) {
	millions := benchLines
	if n, err := strconv.Atoi(os.Getenv("HTTPD_SYSLOG_LINES")); err == nil {
		millions = n
	}
	if dir := os.Getenv("VERIFY_DIR"); dir != "" {
		checkAlone(b, strings.Split(dir, ","))
		return
	}
	plain, packed := bigSite(b, millions, false).Remote, bigSite(b, millions, true).Remote
	b.Run("plain", func(b *testing.B) { runAlone(b, plain) })
	b.Run("gz", func(b *testing.B) { runAlone(b, packed) })
	b.Run("both", func(b *testing.B) { runAlone(b, plain+","+packed) })
}

var sites uint64

// bigSite is a site with that many millions of lines, in 50 minutes, and files of a tenth of them.
func bigSite(b *testing.B, millions int, packed bool) *verifytest.Site {
	sites++
	return verifytest.New(b, verifytest.Options{
		Seed: sites, Host: fmt.Sprintf("web%d", sites), Minutes: 50, Writers: 4, Lines: millions * 1e6 / 50 / 2, Central: 5, Rotate: 1000, Calm: true, NoLocal: true, Big: true,
		Packed: packed, Plain: !packed,
	})
}

func runAlone(b *testing.B, dirs string) {
	for b.Loop() {
		cmd := exec.Command("/proc/self/exe", "-test.run", "xxx", "-test.bench", "BenchmarkVerify$", "-test.benchtime", "1x")
		cmd.Env = append(os.Environ(), "VERIFY_DIR="+dirs)
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		for line := range bytes.Lines(out) {
			if bytes.HasPrefix(line, []byte("verify: ")) {
				fmt.Printf("%s: %s", b.Name(), line)
			}
		}
	}
}

// checkAlone is what the other process does.
func checkAlone(b *testing.B, dirs []string) {
	begin := time.Now()
	r, err := verify.Run(context.Background(), verify.Options{Central: dirs})
	took := time.Since(begin)
	if err != nil || r.Exit() != 0 {
		b.Fatalf("%v %s", err, r.First())
	}
	rss := ""
	for line := range strings.Lines(testbed.ReadFile(b, "/proc/self/status")) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			rss = strings.TrimSpace(rest)
		}
	}
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	cpu := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	fmt.Printf("\nverify: %s in %v: %.0f lines/s (%v of processor: %.0f lines/s each), at most %s\n",
		r.Result(), took.Round(time.Millisecond), float64(r.Counts.Lines)/took.Seconds(), cpu.Round(time.Millisecond), float64(r.Counts.Lines)/cpu.Seconds(), rss)
}
