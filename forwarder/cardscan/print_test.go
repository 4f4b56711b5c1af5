package cardscan

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/cardnumber"
	"httpd-syslog/forwarder/testbed"
)

// TestTotal: what was looked at in words, and the exit status that goes with it.
func TestTotal(t *testing.T) {
	var found, excepted cardnumber.Counts
	found.Found[1] = 2
	excepted.Excepted = 3
	for _, tt := range []struct {
		total Total
		text  string
		exit  int
	}{
		{Total{}, "0 files, 0 B: no card numbers", 0},
		{Total{Files: 1, Bytes: 10}, "1 file, 10 B: no card numbers", 0},
		{Total{Files: 12345, Bytes: 10, With: 1, Counts: found}, "12,345 files, 10 B: 2 card numbers in 1 file", 1},
		{Total{Files: 2, With: 2, Counts: found, Failed: 1}, "2 files, 0 B: 2 card numbers in 2 files; 1 could not be read", 2},
		{Total{Files: 2, Failed: 4}, "2 files, 0 B: no card numbers; 4 could not be read", 2},
		{Total{Files: 2, Counts: excepted}, "2 files, 0 B: no card numbers; 3 excepted", 0},
	} {
		if got := tt.total.String(); got != tt.text || tt.total.ExitStatus() != tt.exit {
			t.Errorf("%q, %d, want %q, %d", got, tt.total.ExitStatus(), tt.text, tt.exit)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestCannotPrint: that findings cannot be written is told, and is a failure.
func TestCannotPrint(t *testing.T) {
	var errs strings.Builder
	total := Print(t.Context(), nil, Options{}, fullDisk{}, &errs, false)
	if total.ExitStatus() != 2 || errs.String() != "httpd_syslog: write what was found: no space left\n" {
		t.Errorf("%+v, %q", total, errs.String())
	}
}

// TestProgress: the line of progress is taken away before anything else is printed, and is not there without a terminal.
func TestProgress(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/f", []byte("4111111111111111\norder_id=4111111111111111\n"))
	o := Options{Rules: cardnumber.Rules{Except: []string{"order_id="}}}
	for _, bar := range []bool{false, true} {
		var both bytes.Buffer
		Print(t.Context(), []string{dir}, o, &both, &both, bar)
		want := dir + "/f:1: visa 411111******1111\n" + dir + "/f:2: visa (excepted) 411111******1111\n1 file, 43 B: 1 card number in 1 file; 1 excepted\n"
		got, shown := both.String(), regexp.MustCompile("1 file, 43 B: [^\n]* …\r\x1b\\[K")
		if n := len(shown.FindAllString(got, -1)); (n == 1) != bar || shown.ReplaceAllString(got, "") != want {
			t.Errorf("bar %v, %d times:\n%q, want\n%q", bar, n, got, want)
		}
	}
}

// TestNumberThatGoesOn: digits at the end of what is read at once are no number where more digits follow them.
func TestNumberThatGoesOn(t *testing.T) {
	dir := t.TempDir()
	for shift := range 22 {
		line := bytes.Repeat([]byte("z"), 2*bufSize)
		copy(line[bufSize-shift:], "411111111111111122222222222222")
		write(t, dir+"/long", line)
		if found, _, _ := scanned(t, dir, Options{}, dir+"/long"); len(found) > 0 {
			t.Errorf("%d before the end: %q", shift, found)
		}
	}
}

// TestManyOfALine: findings of a line come in its order, each with what stands before and behind it in that line alone.
func TestManyOfALine(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/f", []byte("before\n4111111111111111&cvv=123 5555555555554444\nbehind\n"))
	found, _, _ := scanned(t, dir, Options{Context: 30}, dir+"/f")
	want := []string{
		"f:2: visa 411111******1111 [|&cvv=*** 555555******4444]", "f:2: code *** [411111******1111&cvv=| 555555******4444]",
		"f:2: mastercard 555555******4444 [411111******1111&cvv=*** |]",
	}
	if !slices.Equal(found, want) {
		t.Errorf("%q, want %q", found, want)
	}
}

// TestEnds: who ends a scan gets no more files, and the one that was being read counts as one that was not.
func TestEnds(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"/a", "/b", "/c"} {
		write(t, dir+name, []byte("4111111111111111\n"))
	}
	for n := 0; ; n++ {
		ctx := testbed.EndingAt(t, n)
		total := Paths(ctx, []string{dir}, Options{})
		if !ctx.Ended() {
			if total.Files != 3 || total.Failed != 0 {
				t.Errorf("%+v", total)
			}
			break
		}
		if total.Files == 3 && total.Failed == 0 {
			t.Errorf("ended when it looks for the time %d: %+v", n, total)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if total := Paths(ctx, []string{dir + "/a"}, Options{}); total.Failed != 1 {
		t.Errorf("%+v", total)
	}
	if err := os.Remove(dir + "/a"); err != nil {
		t.Fatal(err)
	}
}
