package local

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// Check holds the files against their seals. It tells what it finds; what lines of a central server may
// say more about is left in Pieces.
func (l *Local) Check(ctx context.Context) {
	chains := l.chains()
	switch {
	case l.o.Dir == "", l.unread, len(l.files) == 0 && len(chains) == 0:
		return
	case len(chains) == 0:
		l.o.Report.Add(finding.Finding{Code: finding.NoSeal, File: l.o.Dir, Say: "no seal is of these files"})
		return
	}
	sealed := l.sealedFiles(chains)
	l.assign(ctx, sealed)
	for _, s := range sealed {
		l.checkFile(ctx, s)
	}
	l.tellOthers(sealed)
}

// sealedFile is what seals say of a file, and which file it is now.
type sealedFile struct {
	*ledger.File
	host    *ledger.Host
	rotated *seal.Rotated // nil: nobody has told that it was rotated
	newest  bool          // of those that had the name
	file    *file         // nil: it is not there
	heir    *sealedFile   // what goes on in the same file, where seals began anew within it; nil: nothing does
}

// sealedFiles are those of some chains, in the order of their seals.
func (l *Local) sealedFiles(chains map[string]bool) (all []*sealedFile) {
	for key, f := range l.o.Ledger.Files {
		if chains[key.Chain] {
			all = append(all, &sealedFile{File: f, host: l.o.Ledger.Hosts[l.o.Ledger.Tellers[key.Chain]]})
		}
	}
	slices.SortFunc(all, func(a, b *sealedFile) int {
		return cmp.Or(cmp.Compare(a.File.File, b.File.File), cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.Since, b.Since))
	})
	rotated := l.rotated()
	for i, s := range all {
		s.newest = i+1 == len(all) || all[i+1].File.File != s.File.File || all[i+1].Chain != s.Chain
		if r := rotated[SealKey{s.Chain, s.Since}]; r != nil && l.isBackup(r.File, s.File.File) {
			s.rotated, s.newest = r, false
		}
	}
	return l.inherit(all)
}

// rotated are the events of rotated files, by the first seal of each file.
func (l *Local) rotated() map[SealKey]*seal.Rotated {
	all := make(map[SealKey]*seal.Rotated)
	for _, h := range l.o.Ledger.Hosts {
		for i := range h.Rotated {
			r := &h.Rotated[i]
			all[SealKey{r.Chain, r.Since}] = r
		}
	}
	return all
}

// isBackup reports whether a rotated file had that name once: rotation makes another name of it that
// begins with it, up to an extension.
func (l *Local) isBackup(backup, name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	return strings.HasPrefix(backup, stem)
}

// tellOthers tells of files that no seal knows.
func (l *Local) tellOthers(sealed []*sealedFile) {
	logs := make(map[string]*ledger.Host)
	for _, s := range sealed {
		logs[s.File.File] = s.host
	}
	for _, name := range slices.Sorted(maps.Keys(l.files)) {
		f := l.files[name]
		host := logs[f.log]
		switch {
		case len(f.takers) > 0:
		case host == nil:
			l.o.Report.Note(finding.Plain(f.path) + " is in no seal")
		case !f.clock.IsZero() && f.clock.Before(host.First.Add(-dayAndMore)):
			l.o.Report.Note(finding.Plain(f.path) + " was rotated before the first seal that there is")
		case f.log == name && l.isFresh(f, sealed):
			l.o.Report.Note(finding.Plain(f.path) + " is not sealed yet")
		default:
			l.o.Report.Add(finding.Finding{Code: finding.Unknown, Host: host.Name, File: f.path, Say: "no seal is of this file"})
		}
	}
}

// dayAndMore is how far the clock of a file's name, which is in local time, can be from UTC.
const dayAndMore = 26 * 3600e9

// isFresh reports whether a file may have been begun since the last seals: all that had its name before
// are rotated.
func (l *Local) isFresh(f *file, sealed []*sealedFile) bool {
	for _, s := range sealed {
		if s.File.File == f.log && s.newest {
			return s.file != nil && s.file != f
		}
	}
	return true
}

func (s *sealedFile) String() string { return fmt.Sprintf("%s since seal %d", s.File.File, s.Since) }
