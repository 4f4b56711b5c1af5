package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// cardForms are card numbers as they come in, and what is left of them.
var cardForms = [][2]string{
	{"4111111111111111", "411111******1111"}, {"4111 1111 1111 1111", "4111 11** **** 1111"},
	{"5555%205555%205555%204444", "5555%2055**%20****%204444"}, {"378282246310005", "378282*****0005"},
	{";4111111111111111=25121010000012345678?", ";411111******1111=********************?"},
}

// cardLines are n lines with card numbers, at ever other offsets.
func cardLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s q=%s %d\n", strings.Repeat("x", i%131), cardForms[i%len(cardForms)][0], i%10)
	}
	return b.String()
}

// TestCardNumbersAreNowhere: card numbers come at full speed, at every offset around the borders of reads
// and frames; intakes and deliverers are killed in between, and the spool is damaged. No byte of the
// spool, the local log, damaged/, the other files, or of what the server gets, is of a whole number.
func TestCardNumbersAreNowhere(t *testing.T) {
	t.Parallel()
	s, central := newSite(t), testbed.NewCentral(t)
	s.away = true // keeps the spool
	s.configure("deliver = \"service\"\n%s[spool]\nmax_size = \"1GB\"\n[card_numbers]\naction = \"truncate\"\n"+
		"[[relay]]\nname = \"central\"\nservers = [\"tcp://%s\"]\n[[relay]]\nname = \"away\"\nservers = [\"tcp://127.0.0.1:1\"]\n", s.places(), central.Address())
	const kills, linesEach = 6, 20_000
	front, w := s.pipe()
	input := cardLines(linesEach)
	for i := range kills {
		pour(t, w, input)
		if i < kills-1 {
			kill(t, s.one("intake"), syscall.SIGKILL)
		}
	}
	w.Close()
	front.wait(0)
	s.damageSpool()
	for range 3 {
		before := central.Count()
		deliverer := s.run(s.command(nil, "deliver", "--config", s.config))
		testbed.Eventually(t, "some lines at the server", func() bool { return central.Count() > before })
		_ = deliverer.cmd.Process.Kill()
		<-deliverer.exited
	}
	s.run(s.command(nil, "deliver", "--config", s.config))
	testbed.Eventually(t, "all lines at the server", func() bool {
		return strings.HasSuffix(s.local("access_log"), " 9\n") && len(s.local("access_log")) > 0 && central.HasLine(lastLine(s.local("access_log")))
	})
	s.checkNoCards(central)
	if _, err := os.Stat(filepath.Join(s.state, "damaged")); err != nil {
		t.Errorf("nothing was set aside: %v", err)
	}
	if out, err := s.command(nil, "scan", "--config", s.config, s.state, s.log).CombinedOutput(); err != nil || !strings.Contains(string(out), "no card numbers") {
		t.Errorf("scan: %v: %s", err, out)
	}
	told := strings.Join(s.logged("audit_log"), "\n")
	if !strings.Contains(told, "event=cards.truncated count=") || strings.Contains(told, "event=cards.found") {
		t.Errorf("told:\n%s", told)
	}
	t.Logf("%d lines with numbers came in, %d bytes are in the local log", kills*linesEach, len(s.local("access_log")))
}

func lastLine(text string) string {
	text = strings.TrimSuffix(text, "\n")
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// pour writes a text in pieces that end anywhere.
func pour(t *testing.T, w *os.File, text string) {
	t.Helper()
	for n := 1; len(text) > 0; n += 977 {
		k := min(len(text), 1+n%60_000)
		if _, err := w.WriteString(text[:k]); err != nil {
			t.Fatal(err)
		}
		text = text[k:]
	}
}

// damageSpool alters a byte in each second spool file that has some, and cuts the end off the others.
func (s *site) damageSpool() {
	s.t.Helper()
	paths, _ := filepath.Glob(filepath.Join(s.state, "spool", "*")) // the pattern is good
	damaged := 0
	for i, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(b) < 200_000 {
			continue
		}
		damaged++
		if b[150_000] ^= 1; i%2 == 0 {
			b = b[:len(b)-100]
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	if damaged == 0 {
		s.t.Fatal("no spool file is long enough")
	}
}

// checkNoCards holds that no whole card number is in any file of the site, nor at the server.
func (s *site) checkNoCards(central *testbed.Central) {
	s.t.Helper()
	truncated := 0
	look := func(where, text string) {
		for _, form := range cardForms {
			if n := strings.Count(text, form[0]); n > 0 {
				s.t.Errorf("%s: %q is there %d times", where, form[0], n)
			}
			truncated += strings.Count(text, form[1])
		}
	}
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			look(path, testbed.ReadFile(s.t, path))
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range central.Messages() {
		look("the server", m.Text)
	}
	if truncated < 100_000 {
		s.t.Errorf("only %d truncated numbers are anywhere", truncated)
	}
}
