package frame

// EventSize is the length in bytes of the frame of an event.
func EventSize(text string) int { return HeaderSize + len(text) + len("\n") }

// AppendEvent appends the frame of an event to dst; text is one line, without its LF. Severity, Time,
// First and Dropped are those of f. It allocates nothing where dst has room for EventSize bytes.
func AppendEvent(dst []byte, f Frame, text string) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, HeaderSize)...)
	dst = append(append(dst, text...), '\n')
	f.Kind, f.Lines = Event, 1
	f.Seal(dst[at:])
	return dst
}
