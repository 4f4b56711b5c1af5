package sealtest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"httpd-syslog/forwarder/seal"
)

// generation are the pieces of one file.
type generation struct {
	chain, name string
	since       uint64
	pieces      []seal.File
}

// Files compares the pieces of files with what is in a log directory. lost are pieces that no file has:
// files that were removed.
func (l *Ledger) Files(dir string) (pieces int, lost []seal.File) {
	for _, g := range l.generations() {
		end := g.pieces[0].Begin
		for _, p := range g.pieces {
			if p.Begin != end {
				l.problem("%s since seal %d: a piece begins at %d, the one before ends at %d", g.name, g.since, p.Begin, end)
			}
			end = p.End
		}
		if slices.ContainsFunc(candidates(dir, g.name), func(b []byte) bool { return g.isIn(b) }) {
			pieces += len(g.pieces)
		} else {
			lost = append(lost, g.pieces...)
		}
	}
	return pieces, lost
}

func (l *Ledger) generations() (all []*generation) {
	for _, s := range l.Seals() {
		if s.File == nil {
			continue
		}
		i := slices.IndexFunc(all, func(g *generation) bool {
			return g.chain == s.Chain && g.since == s.File.Since && g.name == s.File.File
		})
		if i < 0 {
			i = len(all)
			all = append(all, &generation{chain: s.Chain, name: s.File.File, since: s.File.Since})
		}
		all[i].pieces = append(all[i].pieces, *s.File)
	}
	return all
}

// isIn reports whether a file has all pieces.
func (g *generation) isIn(b []byte) bool {
	for _, p := range g.pieces {
		if p.End > int64(len(b)) || seal.Sum(sha256.Sum256(b[p.Begin:p.End])) != p.Sum {
			return false
		}
	}
	return true
}

// candidates are the contents of the file of that name and of those that it was rotated to, or moved to.
func candidates(dir, name string) (all [][]byte) {
	paths, _ := filepath.Glob(filepath.Join(dir, name) + "*")
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err == nil && strings.HasSuffix(path, ".gz") {
			var z *gzip.Reader
			if z, err = gzip.NewReader(bytes.NewReader(b)); err == nil {
				b, err = io.ReadAll(z)
			}
		}
		if err == nil {
			all = append(all, b)
		}
	}
	return all
}

// Audit takes the events that the files of audit_log in a log directory have.
func (l *Ledger) Audit(dir string) {
	for _, b := range candidates(dir, "audit_log") {
		for line := range strings.Lines(string(b)) {
			if _, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "] "); ok {
				l.Event(text)
			}
		}
	}
}
