package lists

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// Options say what is read.
type Options struct {
	Paths    []string // directories of collectors; others are passed over
	Own      string   // the one of these whose collector has its audit log in LogDir; of others it is where they are, too
	LogDir   string
	Central  *ledger.Central
	Report   *finding.Report
	From, To time.Time // zero: without a limit
	Now      time.Time
	Memory   int      // bytes for pieces; 0: 48 MB
	Hosts    []string // whose files are checked; empty: all are
	Files    []string // paths of those files that have lines of these hosts
}

const defaultMemory = 48 << 20

// IsList reports whether a path is that of a list.
func IsList(path string) bool { return filepath.Base(filepath.Dir(path)) == seal.ListDir }

// Check checks all directories that have lists.
func Check(ctx context.Context, o Options) {
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	done := make(map[string]bool)
	for _, path := range o.Paths {
		root, err := filepath.EvalSymlinks(path)
		if err != nil || done[root] {
			continue // who reads the files tells of it
		}
		done[root] = true
		c := &check{
			about: newAbout(o.Hosts, o.Files, root),
			o:     o, root: root, own: o.Own != "" && o.Own == path, files: make(map[string]string), byDay: make(map[string]*day), sizes: make(map[string]int64), seed: maphash.MakeSeed(),
			twice: make(map[string]bool), chains: make(map[string]map[string]bool),
		}
		c.run(ctx)
	}
}

// check is that of one directory.
type check struct {
	about
	o     Options
	root  string
	own   bool              // its audit log is in LogDir
	files map[string]string // paths by names, without ".gz"
	twice map[string]bool   // names of those that are there packed, too
	lists []string          // names of those that are read, in order
	byDay map[string]*day
	sizes map[string]int64 // of lists, as far as they were read
	first string           // day of the first list that there is
	last  time.Time        // of the last seal
	known time.Time        // likewise, in the audit log
	lost  bool             // lists lack seals that they had
	seed  maphash.Seed

	chains map[string]map[string]bool // of the directory, and the lists that have some of each
	told   ledger.Collector           // by who has made them
	latest string                     // chain of the audit log; empty: there is none
	stays  stays                      // of its chains
}

// day is what lists have of files of a day, by the date in their names; that is empty where they have none.
type day struct {
	pieces int
	lists  []string // that have some
}

// run reads the events before the lists, and these before the files are looked for: a collector may be at work.
func (c *check) run(ctx context.Context) {
	c.events(ctx)
	if st, err := os.Lstat(filepath.Join(c.root, seal.ListDir)); err == nil && st.IsDir() {
		c.find(filepath.Join(c.root, seal.ListDir))
	} else if c.latest == "" {
		return // it is no directory of a collector, or of one that does not seal
	}
	for name := range c.files {
		if date := dateOf(name); c.first == "" || date < c.first {
			c.first = date
		}
		if c.o.From.IsZero() || dateOf(name) >= dayOf(c.o.From) {
			c.lists = append(c.lists, name)
		}
	}
	slices.Sort(c.lists)
	c.readLists(ctx)
	c.vouched()
	c.find(c.root)
	for name := range c.files {
		c.names(name)
	}
	c.compareTwice(ctx)
	c.readDays(ctx)
}

// find finds files, by their names before they were packed.
func (c *check) find(root string) {
	paths, err := archive.Find(root)
	if err != nil {
		c.o.Report.Cannot(finding.Plain(err.Error()))
	}
	for _, path := range paths {
		name := strings.TrimSuffix(strings.TrimPrefix(path, c.root+"/"), packed)
		switch was, known := c.files[name]; {
		case !known: // the one that is not packed comes first
			c.files[name] = path
		case was != path:
			c.twice[name] = true
		}
	}
}

const packed = ".gz"

// read reads a file, which may have been packed meanwhile.
func (c *check) read(ctx context.Context, name string, visit func(archive.Block) error) (archive.Content, error) {
	content, err := archive.Read(ctx, c.files[name], visit)
	if errors.Is(err, fs.ErrNotExist) {
		return archive.Read(ctx, c.root+"/"+name+packed, visit)
	}
	return content, err
}

// events reads those of the collector.
func (c *check) events(ctx context.Context) {
	paths, _ := filepath.Glob(filepath.Join(c.logDir(), "audit_log*")) // the pattern is good
	if len(paths) > 0 && filepath.Base(paths[0]) == "audit_log" {
		paths = append(paths[1:], paths[0]) // behind those that were rotated, whose names have their times
	}
	for _, path := range paths {
		_, err := archive.Read(ctx, path, func(b archive.Block) error {
			for line := range bytes.Lines(b.Data) {
				if told, _, ok := ledger.ParseLocal(bytes.TrimSuffix(line, newline)); ok {
					c.event(&told)
				}
			}
			return nil
		})
		if err != nil {
			c.o.Report.Cannot(finding.Plain(err.Error()))
		}
	}
}

func (c *check) event(told *ledger.Told) {
	c.o.Central.Add(told.Host, told.Text)
	if s, err := seal.Parse(told.Text); err == nil && s.Central != nil {
		c.latest, c.known = s.Chain, later(c.known, told.Time)
		c.stays.takes(s.Chain)
		return
	}
	if e, ok := event.Parse(told.Text); ok && e.Code == event.CollectMoved.Code {
		c.stays.moves(&e)
	}
}

// logDir is where the audit log of the collector is: as a rule where the directory of its files is, too.
func (c *check) logDir() string {
	if c.own {
		return c.o.LogDir
	}
	return filepath.Dir(c.root)
}

// vouched tells where there are seals, and no event of any, and where there are no lists, and events of some.
func (c *check) vouched() {
	if len(c.chains) == 0 && c.latest != "" && !c.own {
		c.o.Report.Cannot(finding.Plain(c.root) + " has no lists of seals: they were removed, or the audit log in " + finding.Plain(c.logDir()) + " is of another directory")
	}
	if len(c.told.Lists) == 0 && !c.last.IsZero() {
		c.o.Report.Cannot("nothing vouches for the seals in " + finding.Plain(filepath.Join(c.root, seal.ListDir)) +
			": the audit log of the central server is not in " + finding.Plain(c.logDir()))
	}
}

var date = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)

// dateOf is the last date in the name of a file; empty: there is none.
func dateOf(name string) string {
	all := date.FindAllString(filepath.Base(name), -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// wanted reports whether files of a day are to be checked.
func (c *check) wanted(date string) bool {
	return (c.o.From.IsZero() || date >= dayOf(c.o.From)) && (c.o.To.IsZero() || date <= dayOf(c.o.To))
}

// settling is how long after a day its files may get lines, and then their seals.
const settling = 2 * time.Hour

// isOver reports whether all of a day should be sealed.
func (c *check) isOver(date string) bool {
	t, err := time.Parse(time.DateOnly, date)
	return err == nil && c.last.Sub(t) > 24*time.Hour+settling
}
