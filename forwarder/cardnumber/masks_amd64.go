package cardnumber

import "golang.org/x/sys/cpu"

// masks has a bit for each of the blocks*64 bytes from b on, the lowest for the first: it is set where
// the byte is a digit. It reports whether "cv" is there, in any case, and reads one byte more.
// blocks is not 0.
func masks(b *byte, blocks int, digits *uint64) (cv bool) {
	if cpu.X86.HasAVX2 {
		return masksAVX2(b, blocks, digits)
	}
	return masksSSE2(b, blocks, digits)
}

// masksSSE2 is for any amd64.
//
//go:noescape
func masksSSE2(b *byte, blocks int, digits *uint64) (cv bool)

//go:noescape
func masksAVX2(b *byte, blocks int, digits *uint64) (cv bool)
