package config

// names are those that a file gives, while it is read.
type names struct {
	streams, files, relays, listeners claims // that must be unique
	// known are the names that streams of relays may have, wrong ones included: one mistake is
	// reported once.
	known []string
}

func newNames(builtIn []Stream) *names {
	n := &names{streams: claims{}, files: claims{}, relays: claims{}, listeners: claims{}, known: []string{Audit}}
	for _, s := range builtIn {
		n.known = append(n.known, s.Name)
	}
	return n
}

// claims has the line where each name was first taken.
type claims map[string]int

// claim takes a name, or says who has it.
func (c claims) claim(name string, line int) (first int, taken bool) {
	if first, taken = c[name]; !taken {
		c[name] = line
	}
	return first, taken
}
