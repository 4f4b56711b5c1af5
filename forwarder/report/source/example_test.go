package source

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/report/reporttest"
	"httpd-syslog/forwarder/report/text"
)

// TestExample: the page for auditors has the head of a report as it is printed.
func TestExample(t *testing.T) {
	y := reporttest.New(t, reporttest.Options{Seed: 3, Hosts: 6, Beat: 14 * time.Minute})
	r, err := Read(context.Background(), ofYear(y))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := text.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(b.String(), "\n10.2.1.6 ")
	page, err := os.ReadFile("../../../packaging/doc/evidence.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "\n```\n"+head+"\n```\n") {
		t.Errorf("packaging/doc/evidence.md does not have\n%s", head)
	}
}
