package local

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
	"httpd-syslog/rotate"
)

// auditFile is the file of the events in a log directory.
const auditFile = "audit_log"

// Options say what is read.
type Options struct {
	Dir      string // empty: nothing
	Ledger   *ledger.Ledger
	Report   *finding.Report
	From, To time.Time
	Hosts    []string
	Count    bool // its lines are those that the report counts
}

// Local is a web server's log directory. Not for concurrent use.
type Local struct {
	o       Options
	files   map[string]*file       // by the name that seals have: in the directory, without .gz
	hosts   map[string]bool        // that the events of the directory name
	unread  bool                   // the directory cannot be read
	between map[string]ledger.Span // by chain: the seals of the time that is checked
	// Pieces are those of the files that were found, by seal.
	Pieces map[SealKey]*Piece
}

// SealKey is a seal.
type SealKey struct {
	Chain string
	N     uint64
}

// Piece is a run of bytes of a file as it is now.
type Piece struct {
	Path       string
	Begin, End int64
	Good       bool // as it was sealed
	// Tell is what is to be told of it where a central server's lines do not say more; empty: another
	// piece's has it, or it is good.
	Tell []finding.Finding
}

// file is a file of the directory.
type file struct {
	path   string
	info   os.FileInfo // as it was found; nil: it was gone by then
	log    string      // the name that it had while it was written
	clock  time.Time
	takers []*sealedFile // whose file it is: in the order in which that was found
}

// New finds the files of a directory.
func New(o Options) *Local {
	l := &Local{o: o, files: make(map[string]*file), hosts: make(map[string]bool), between: make(map[string]ledger.Span), Pieces: make(map[SealKey]*Piece)}
	if o.Dir == "" {
		return l
	}
	paths, err := archive.Find(o.Dir)
	if err != nil {
		o.Report.Cannot(finding.Plain(err.Error()))
		l.unread = true
		return l
	}
	if len(paths) == 0 {
		o.Report.Cannot(finding.Plain(o.Dir) + " has no files")
	}
	if l.o.Dir, err = filepath.EvalSymlinks(o.Dir); err != nil {
		l.o.Dir = o.Dir
	}
	for _, path := range paths {
		l.add(path)
	}
	return l
}

// add notes a file. Where a file and its compressed one are both there, as a compression leaves them that
// was broken off, it is the plain one.
func (l *Local) add(path string) {
	name, err := filepath.Rel(l.o.Dir, path)
	if err != nil {
		return
	}
	f := &file{path: path, log: name}
	f.info, _ = os.Lstat(path) // else it is looked for when it is read
	if b, ok := rotate.ParseBackup(name); ok {
		f.log, f.clock = b.Log, b.Clock
	}
	name = strings.TrimSuffix(name, ".gz")
	if was := l.files[name]; was == nil || archive.IsCompressed(was.path) {
		l.files[name] = f
	}
}

// ReadEvents enters the events of audit_log, and of those that were rotated.
func (l *Local) ReadEvents(ctx context.Context) {
	var list []*file
	for _, f := range l.files {
		if f.log == auditFile {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *file) int { return strings.Compare(a.path, b.path) })
	for _, f := range list {
		_, err := archive.Read(ctx, f.path, func(b archive.Block) error {
			l.events(f.path, b)
			return nil
		})
		if err != nil {
			l.o.Report.Cannot(finding.Plain(err.Error()))
		}
	}
}

func (l *Local) events(path string, b archive.Block) {
	n := b.Line
	for line := range bytes.Lines(b.Data) {
		if told, _, ok := ledger.ParseLocal(bytes.TrimSuffix(line, []byte{'\n'})); ok {
			told.File, told.Line = path, n
			l.o.Ledger.Add(&told)
			l.o.Ledger.Central.Add(told.Host, told.Text)
			l.hosts[told.Host] = true
		}
		n++
	}
}

// chains are those whose files are in the directory: of its own events, else the only one that there is.
func (l *Local) chains() map[string]bool {
	chains := make(map[string]bool)
	hosts := make(map[string]bool)
	for chain, host := range l.o.Ledger.Tellers {
		if len(l.o.Hosts) > 0 && !slices.Contains(l.o.Hosts, host) {
			continue
		}
		hosts[host] = true
		if len(l.hosts) == 0 || l.hosts[host] {
			chains[chain] = true
		}
	}
	if len(l.hosts) == 0 && len(hosts) > 1 {
		return nil
	}
	return chains
}
