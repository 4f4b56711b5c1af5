package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestObstructedSender: a file stands where the directory of one sender's lines should be. Its lines go elsewhere,
// through kills -9, those of another sender to their files; the check fails meanwhile. When the way is free it is used
// again: each line is there once, and verify finds nothing in both places.
func TestObstructedSender(t *testing.T) {
	t.Parallel()
	c := newCentre(t, "")
	obstacle := filepath.Join(c.files, "127.0.0.1/web1.example.com")
	if err := errors.Join(os.MkdirAll(filepath.Dir(obstacle), 0o750), os.WriteFile(obstacle, nil, 0o640)); err != nil {
		t.Fatal(err)
	}
	c.begin()
	var sites []*site
	var feeds []*feed
	var fronts []*front
	for n := range 2 {
		s := c.newSender(n + 1)
		f, w := s.pipe()
		sites, fronts, feeds = append(sites, s), append(fronts, f), append(feeds, &feed{t: t, w: w})
	}
	write := func() {
		for range 5 {
			for _, f := range feeds {
				f.write(500)
			}
			c.killed()
		}
	}
	write()
	c.awaitEvent("{event=collect.elsewhere incident=")
	check := func(want string) {
		t.Helper()
		testbed.Eventually(t, want+" in the check", func() bool {
			out, _ := c.command(nil, "status", "--check", "--config", c.config).Output() // its exit status says the same
			return strings.Contains(string(out), want)
		})
	}
	check("their lines go elsewhere: ")
	if err := os.Remove(obstacle); err != nil {
		t.Fatal(err)
	}
	c.awaitEvent("{event=collect.in_place incident=")
	check("OK")
	write()
	for n, s := range sites {
		feeds[n].w.Close()
		fronts[n].wait(0)
		s.awaitEnd()
	}
	c.endWhenDone(sites)
	c.checkCollected(sites[1], "web2.example.com", feeds[1])
	elsewhere := filepath.Join(c.files, "_elsewhere")
	there, _ := filepath.Glob(filepath.Join(elsewhere, "127.0.0.1/web1.example.com/access-*.log"))
	if len(there) != 1 {
		t.Fatalf("elsewhere: %q", there)
	}
	got := append(c.collected("web1.example.com", "access"), split(t, testbed.ReadFile(t, there[0]))...)
	texts, _ := textsOf(t, got)
	want := sites[0].logged("access_log")
	slices.Sort(texts)
	slices.Sort(want)
	if !slices.Equal(texts, want) {
		t.Errorf("%d lines of web1 are in the central files, of %d", len(texts), len(want))
	}
	if told := c.told("collect.elsewhere"); len(told) == 0 || !strings.HasPrefix(told[0].Get("instead"), "_elsewhere/127.0.0.1/web1.example.com/") {
		t.Errorf("%+v", told)
	}
	c.verified(sites[0], "web1.example.com")
	c.verified(sites[1], "web2.example.com")
}
