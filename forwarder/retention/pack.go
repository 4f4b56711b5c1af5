package retention

import (
	"context"
	"os"
)

// Pack puts a compressed file, FILE.gz, in the place of a file that nobody writes to any more, and finishes
// a Pack that a kill has interrupted. It is slow on purpose: it rests most of the time. On failure the file
// is there as before; when ctx ends it fails with its error.
func Pack(ctx context.Context, file string) error {
	if err := ignoreMissing(os.Remove(file + compressSuffix + partialSuffix)); err != nil {
		return err
	}
	if _, err := os.Lstat(file + compressSuffix); err == nil {
		left, err := settle(ctx, file)
		if err != nil || left != file {
			return err
		}
	}
	return compress(ctx, file, false)
}

// Suffix is that of compressed files.
const Suffix = compressSuffix
