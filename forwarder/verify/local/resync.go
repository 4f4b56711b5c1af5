package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/archive"
)

const (
	// reach is how far from its place a piece is looked for.
	reach = 256 << 10
	// maxPiece is the longest piece that is looked for, in bytes.
	maxPiece = 32 << 20
	// maxHashed is how many bytes are hashed for one piece at most.
	maxHashed = 1 << 30
)

// resync looks for a piece at the begins of lines near its place, where bytes before it were put in or
// taken out. It returns by how much it is behind the place where it was sealed.
func (c *check) resync(ctx context.Context, k int) (shift int64, ok bool) {
	p := &c.pieces[k]
	length := p.End - p.Begin
	place := p.Begin + c.shift
	begin := max(0, place-reach)
	if length > maxPiece {
		return 0, false
	}
	var window []byte
	err := archive.ReadRange(ctx, c.s.file.path, begin, p.End+c.shift+reach, func(b []byte) error {
		window = append(window, b...)
		return nil
	})
	if err != nil {
		return 0, false
	}
	hashed := int64(0)
	for _, at := range begins(window, begin == 0, place-begin) {
		if at+length > int64(len(window)) {
			continue
		}
		if hashed += length; hashed > maxHashed {
			break
		}
		if seal.Sum(sha256.Sum256(window[at:at+length])) == p.Sum {
			return begin + at - p.Begin, true
		}
	}
	return 0, false
}

// begins are the places at which lines begin, those near to a place first.
func begins(window []byte, start bool, near int64) (places []int64) {
	if start {
		places = append(places, 0)
	}
	for i := 0; ; {
		end := bytes.IndexByte(window[i:], '\n')
		if end < 0 {
			break
		}
		i += end + 1
		if d := int64(i) - near; d >= -reach && d <= reach {
			places = append(places, int64(i))
		}
	}
	slices.SortFunc(places, func(a, b int64) int { return int(distance(a, near) - distance(b, near)) })
	return places
}

func distance(a, b int64) int64 {
	if a < b {
		return b - a
	}
	return a - b
}
