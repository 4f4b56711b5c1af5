package spool

// What is known of a file's content.
const (
	contentUnknown = iota
	contentLines
	contentMessages
)

// HasMessages reports whether the file is one of messages, for a collector alone. A file whose header
// is not all there, or cannot be read, is not known to be one. It reads the header until that is known.
func (f *File) HasMessages() bool {
	switch f.content.Load() {
	case contentLines:
		return false
	case contentMessages:
		return true
	}
	h, err := f.Header()
	if err != nil {
		return false
	}
	found := uint32(contentLines)
	if h.Messages {
		found = contentMessages
	}
	f.content.Store(found)
	return h.Messages
}
