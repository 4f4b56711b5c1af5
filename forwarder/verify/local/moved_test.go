package local

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
	"httpd-syslog/forwarder/verify/verifytest"
)

// pack compresses a file to another name.
func pack(from, to string) error {
	text, err := os.ReadFile(from)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text)
	return errors.Join(err, z.Close(), os.WriteFile(to, b.Bytes(), 0o600), os.Remove(from))
}

// TestRotatedMeanwhile: files that are rotated, compressed, or both, between the moment at which they are found and that
// at which they are read are checked all the same. One that is replaced is found out.
func TestRotatedMeanwhile(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(log, backup string) error
		says finding.Code
	}{
		"rotated": {os.Rename, ""},
		"rotated, and another one has the name": {func(log, backup string) error {
			return errors.Join(os.Rename(log, backup), os.WriteFile(log, []byte("a new line\n"), 0o600))
		}, ""},
		"rotated and compressed": {func(log, backup string) error {
			return errors.Join(pack(log, backup+".gz"), os.WriteFile(log, []byte("a new line\n"), 0o600))
		}, ""},
		"compressed": {func(log, _ string) error {
			all, err := filepath.Glob(filepath.Join(filepath.Dir(log), "*_log-*[0-9]"))
			for _, path := range all {
				err = errors.Join(err, pack(path, path+".gz"))
			}
			return err
		}, ""},
		"replaced": {func(log, _ string) error {
			return errors.Join(os.Remove(log), os.WriteFile(log, []byte("a new line\n"), 0o600))
		}, finding.FileShortened},
	} {
		t.Run(name, func(t *testing.T) {
			s := verifytest.New(t, verifytest.Options{Seed: 16})
			r := &finding.Report{}
			l := New(Options{Dir: s.Local, Ledger: ledger.New(), Report: r, Count: true})
			l.ReadEvents(t.Context())
			l.o.Ledger.Finish()
			log := filepath.Join(s.Local, "error_log")
			if err := tt.do(log, log+"-2026-11-20T10-40-00.000"); err != nil {
				t.Fatal(err)
			}
			l.Check(t.Context())
			told := r.Findings
			for _, p := range l.Pieces {
				told = append(told, p.Tell...)
			}
			if len(r.Unchecked) > 0 || (len(told) > 0) != (tt.says != "") || len(told) > 0 && told[0].Code != tt.says {
				t.Errorf("%v, %+v", r.Unchecked, told)
			}
		})
	}
}

// TestRotatedBeforeEvents: a file that gets its name between the moment at which the directory is read and that at which
// the events are is no missing one.
func TestRotatedBeforeEvents(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 16})
	all, err := filepath.Glob(filepath.Join(s.Local, "error_log*"))
	if err != nil || len(all) < 3 {
		t.Fatal(err, all)
	}
	away := t.TempDir()
	for _, path := range all {
		if err := os.Rename(path, filepath.Join(away, filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
	}
	r := &finding.Report{}
	l := New(Options{Dir: s.Local, Ledger: ledger.New(), Report: r, Count: true})
	for _, path := range all[1:] {
		if err := os.Rename(filepath.Join(away, filepath.Base(path)), path); err != nil {
			t.Fatal(err)
		}
	}
	l.ReadEvents(t.Context())
	l.o.Ledger.Finish()
	l.Check(t.Context())
	if len(r.Findings) != 1 || r.Findings[0].Code != finding.FileMissing || r.Findings[0].File != all[0] {
		t.Errorf("%+v: all but %s are there", r.Findings, all[0])
	}
}
