package verify_test

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
)

// eventLog is an audit_log that is made line by line.
type eventLog struct {
	b strings.Builder
	n int
}

func (e *eventLog) tell(text string) {
	e.n++
	fmt.Fprintf(&e.b, "2026-11-20T10:00:%02d.000000Z web1 httpd_syslog[7]: [ID %d syslog.info] %s\n", e.n, e.n, text)
}

// file seals bytes of a file.
func (e *eventLog) file(c *seal.Chain, name string, since uint64, text string, begin int) {
	e.tell(c.File(seal.File{File: name, Since: since, Begin: int64(begin), End: int64(begin + len(text)), Sum: sha256.Sum256([]byte(text))}))
}

// TestSealsAnew: where seals have begun anew within a file, because others wrote to it, because it was cut, or
// because an older copy of the state directory has come back, the file is no missing one, and not a longer
// one than it should be. What is altered in it is told all the same.
func TestSealsAnew(t *testing.T) {
	one, two, three := strings.Repeat("the first lines\n", 40), strings.Repeat("the second lines\n", 40), strings.Repeat("the third lines\n", 40)
	const backup = "access_log-2026-11-20T10-00-09.000"
	older := func(e *eventLog, was *seal.Chain) *seal.Chain {
		c := &seal.Chain{ID: strings.Repeat("b", 32)}
		e.tell(fmt.Sprintf("another chain of seals begins {event=seal.broken former=%s cause=\"older\" n=%d chain=%s}", was.ID, was.N, c.ID))
		return c
	}
	for name, tt := range map[string]struct {
		name, text string
		seal       func(e *eventLog, c *seal.Chain)
		says       []finding.Code
	}{
		"others wrote to it": {"access_log", one + "a line of others\n" + two, func(e *eventLog, c *seal.Chain) {
			e.file(c, "access_log", 0, one, 0)
			e.file(c, "access_log", 0, two, len(one)+17)
		}, nil},
		"they did, and it was rotated": {backup, one + "a line of others\n" + two, func(e *eventLog, c *seal.Chain) {
			e.file(c, "access_log", 0, one, 0)
			e.file(c, "access_log", 0, two, len(one)+17)
			r := seal.Rotated{File: backup, Chain: c.ID, Since: c.N, Until: c.N, Size: int64(len(one) + 17 + len(two))}
			told := r.Event()
			e.tell(told.String())
		}, nil},
		"they did, and it has expired": {"other", "x\n", func(e *eventLog, c *seal.Chain) {
			e.file(c, "access_log", 0, one, 0)
			e.file(c, "access_log", 0, two, len(one)+17)
			r := seal.Rotated{File: backup, Chain: c.ID, Since: c.N, Until: c.N, Size: int64(len(one) + 17 + len(two))}
			told := r.Event()
			e.tell(told.String())
			e.tell("removed {event=rotated.removed file=" + backup + ".gz size=1}")
		}, nil},
		"it was cut": {"access_log", one[:320] + two, func(e *eventLog, c *seal.Chain) {
			e.file(c, "access_log", 0, one, 0)
			e.file(c, "access_log", 0, two, 320)
		}, []finding.Code{finding.FileAltered}},
		"another chain goes on in it": {"access_log", one + two, func(e *eventLog, c *seal.Chain) {
			e.file(c, "access_log", 0, one, 0)
			e.file(older(e, c), "access_log", 0, two, len(one))
		}, nil},
		"another chain has seals of the same bytes": {"access_log", one + two + three, func(e *eventLog, c *seal.Chain) {
			e.file(c, "access_log", 0, one, 0)
			e.file(c, "access_log", 1, two, len(one))
			c = older(e, c)
			e.file(c, "access_log", 0, one, 0)
			e.file(c, "access_log", 0, three, len(one+two))
		}, nil},
		"a byte of the former chain's part is another one": {"access_log", "T" + one[1:] + two, func(e *eventLog, c *seal.Chain) {
			e.file(c, "access_log", 0, one, 0)
			e.file(older(e, c), "access_log", 0, two, len(one))
		}, []finding.Code{finding.FileAltered}},
		"another chain begins, and the file is gone": {"other", "x\n", func(e *eventLog, c *seal.Chain) {
			e.file(c, "access_log", 0, one, 0)
			e.file(older(e, c), "access_log", 0, two, len(one))
		}, []finding.Code{finding.FileMissing, finding.FileMissing}},
		"the former file is gone, and a new one has the name": {"access_log", two, func(e *eventLog, c *seal.Chain) {
			e.file(c, "access_log", 0, one, 0)
			e.file(older(e, c), "access_log", 0, two, 0)
		}, []finding.Code{finding.FileMissing}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := &seal.Chain{ID: strings.Repeat("a", 32)}
			var e eventLog
			e.tell("a chain of seals begins {event=seal.chain why=new chain=" + c.ID + " former=\"\" n=0}")
			tt.seal(&e, c)
			testbed.WriteFile(t, filepath.Join(dir, "audit_log"), e.b.String())
			testbed.WriteFile(t, filepath.Join(dir, tt.name), tt.text)
			r := check(t, verify.Options{LogDir: dir})
			var codes []finding.Code
			for _, f := range r.Findings {
				if strings.HasPrefix(string(f.Code), "file_") {
					codes = append(codes, f.Code)
				}
			}
			if lines := uint64(strings.Count(tt.text, "\n")); fmt.Sprint(codes) != fmt.Sprint(tt.says) || r.Counts.Lines > lines {
				t.Errorf("%v, want %v; %d lines of %d", codes, tt.says, r.Counts.Lines, lines)
				for i := range r.Findings {
					t.Logf("%+v", r.Findings[i])
				}
			}
		})
	}
}
