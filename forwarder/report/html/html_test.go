package html

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/report"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// full is a report with something in each field, all of it text.
func full(text string) *report.Report {
	ref := report.Ref{File: "/log/" + text, Line: 5, Time: noon, Host: text, Code: text}
	other := ref
	other.Line = 6
	s := report.Statement{Code: text, Host: text, Say: text, Open: true, Requirement: text, Refs: []report.Ref{ref, other}, More: 1200}
	over := s
	over.Open = false
	return &report.Report{
		From: noon, To: noon.Add(time.Hour), Made: noon.Add(2 * time.Hour), Zone: time.UTC, ZoneName: text, Asked: []string{text}, Events: 12345, Files: 3,
		Hosts: []report.Host{{Name: text, First: noon, Last: noon, Events: 1, Open: 1}}, Exceptions: []report.Statement{s, over}, Unread: []string{text},
		Incidents: []report.Incident{
			{ID: text, Host: text, Code: text, Subject: text, Say: text, Begin: noon, Causes: []string{text, text}, Lines: 5, Closed: text, Refs: []report.Ref{ref}},
			{ID: text, Host: text, Code: text, Say: text, Begin: noon, End: noon.Add(time.Hour), Begun: true, Notes: []report.Note{{Cause: text, Remedy: text, User: text, UID: text, Event: ref}}},
		},
		Requirements: []report.Requirement{{Number: text, Title: text, Verdict: report.InPart, Statements: []report.Statement{s}, Missing: []string{text}}},
	}
}

func pageOf(t *testing.T, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	tag       = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>`)
	attribute = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
)

// void are elements without an end.
var void = []string{"meta", "br", "col"}

// TestPage: the page needs nothing from elsewhere, runs nothing, its elements end where they should, and each
// event that is named is there once.
func TestPage(t *testing.T) {
	for name, r := range map[string]*report.Report{"full": full("text"), "empty": {Zone: time.UTC}} {
		page := pageOf(t, r)
		var open []string
		ids, links := map[string]bool{}, []string{}
		for _, m := range tag.FindAllStringSubmatch(page, -1) {
			switch end, element := m[1] != "", m[2]; {
			case slices.Contains([]string{"script", "link", "img", "iframe", "object", "embed", "base", "form", "svg"}, element):
				t.Errorf("%s: the page has %q", name, m[0])
			case end && (len(open) == 0 || open[len(open)-1] != element):
				t.Fatalf("%s: %s ends within %q", name, m[0], open)
			case end:
				open = open[:len(open)-1]
			case !slices.Contains(void, element):
				open = append(open, element)
			}
			for _, a := range attribute.FindAllStringSubmatch(m[3], -1) {
				switch {
				case a[1] == "id" && ids[a[2]]:
					t.Errorf("%s: two of %s", name, a[2])
				case a[1] == "id":
					ids[a[2]] = true
				case a[1] == "href":
					links = append(links, a[2])
				case a[1] == "src" || a[1] == "style" || strings.HasPrefix(a[1], "on"):
					t.Errorf("%s: the page has %s", name, a[0])
				}
			}
		}
		if len(open) > 0 {
			t.Errorf("%s: %q do not end", name, open)
		}
		for _, link := range links {
			if !strings.HasPrefix(link, "#") || !ids[link[1:]] {
				t.Errorf("%s: a link to %q", name, link)
			}
		}
		for _, no := range []string{"url(", "@import", "http:", "https:", "javascript:"} {
			if strings.Contains(page, no) {
				t.Errorf("%s: the page has %s", name, no)
			}
		}
		if name == "full" && len(links) < 5 {
			t.Errorf("only %d links", len(links))
		}
	}
}

// TestHostile: what looks like an element or a key in a name, a path or a cause is text.
func TestHostile(t *testing.T) {
	plain := tag.FindAllString(pageOf(t, full("text")), -1)
	for _, hostile := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'-->]]></style><b>`, `{{.Made}}`, "\x1b[2J"} {
		page := pageOf(t, full(hostile))
		if got := tag.FindAllString(page, -1); len(got) != len(plain) {
			t.Errorf("%s makes %d elements of %d", hostile, len(got), len(plain))
		}
		if strings.Contains(page, hostile) && strings.ContainsAny(hostile, "<>") {
			t.Errorf("%s stands there as it is", hostile)
		}
	}
}

// TestWhatIsOpen stands before all else, in words and in number.
func TestWhatIsOpen(t *testing.T) {
	page := pageOf(t, full("text"))
	if i := strings.Index(page, "1 thing is open"); i < 0 || i > strings.Index(page, "<h2>Open</h2>") || strings.Index(page, "<h2>Open</h2>") > strings.Index(page, "By requirement") {
		t.Errorf("%s", page)
	}
	r := full("text")
	r.Exceptions, r.Unread = nil, nil
	if page := pageOf(t, r); !strings.Contains(page, `"verdict good"><b>All in order</b>`) || strings.Contains(page, "<h2>Open") {
		t.Errorf("%s", page)
	}
	r.Unread = []string{"x"}
	if page := pageOf(t, r); !strings.Contains(page, `"verdict half"><b>Not all could be read</b>`) {
		t.Errorf("%s", page)
	}
}
