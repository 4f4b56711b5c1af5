package lists

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/finding"
)

// compareTwice holds files that are packed against those beside them that are not, and are the ones that are read: a
// kill leaves both, as they are the same.
func (c *check) compareTwice(ctx context.Context) {
	for _, name := range slices.Sorted(maps.Keys(c.twice)) {
		if !c.wanted(dateOf(name)) || !IsList(name) && !c.isAbout(name) {
			continue
		}
		plain, errPlain := sumOf(ctx, c.files[name])
		beside, errBeside := sumOf(ctx, c.root+"/"+name+packed)
		if errPlain == nil && errBeside == nil && plain != beside {
			c.o.Report.Add(finding.Finding{Code: finding.FileAltered, File: c.root + "/" + name + packed,
				Say: "it was packed, and says something else than the file beside it that is not, and that is checked"})
		}
	}
}

// sumOf is the sum of what a file holds: its lines, and how much stands behind them. An error: it cannot be read, and who
// reads it tells of that, or it is gone.
func sumOf(ctx context.Context, path string) (sum seal.Sum, err error) {
	h := sha256.New()
	content, err := archive.Read(ctx, path, func(b archive.Block) error {
		_, _ = h.Write(b.Data) // never fails
		return nil
	})
	fmt.Fprint(h, content.Partial) // never fails
	h.Sum(sum[:0])
	return sum, err
}
