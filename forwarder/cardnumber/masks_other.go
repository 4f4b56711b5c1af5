//go:build !amd64

package cardnumber

import "unsafe"

// masks has a bit for each of the blocks*64 bytes from b on, the lowest for the first: it is set where
// the byte is a digit. It reports whether "cv" is there, in any case, and reads one byte more.
func masks(b *byte, blocks int, digits *uint64) (cv bool) {
	return masksOf(unsafe.Slice(b, 64*blocks+1), unsafe.Slice(digits, blocks))
}
