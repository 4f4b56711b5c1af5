package files

// buffers are those that files do not need now. Of many files few have lines at a time, and most of these a
// few lines.
type buffers [len(sizes)][][]byte

// sizes are the lengths that buffers have. The last one takes what one file gathers, but for the longest
// messages.
var sizes = [...]int{4 << 10, 32 << 10, gatheredOfOne + 128<<10}

// spares is how many buffers of each length are kept.
var spares = [len(sizes)]int{1024, 64, 8}

// larger returns a longer buffer with the text.
func (all *buffers) larger(text []byte) []byte {
	for i, size := range sizes {
		if size <= cap(text) {
			continue
		}
		var b []byte
		if n := len(all[i]); n > 0 {
			b, all[i] = all[i][n-1], all[i][:n-1]
		} else {
			b = make([]byte, 0, size)
		}
		b = append(b, text...)
		all.giveBack(text)
		return b
	}
	return text // append makes a longer one
}

// giveBack takes the buffer of a text, and returns none.
func (all *buffers) giveBack(text []byte) []byte {
	for i, size := range sizes {
		if cap(text) == size && len(all[i]) < spares[i] {
			all[i] = append(all[i], text[:0])
		}
	}
	return nil
}
