package spool

// RollSize is how large one file may become where the spool may have so many bytes: small
// enough for the oldest to be a small part of it. 0 bytes stand for no limit.
func RollSize(maxSpool int64) int64 {
	const most, least = 64 << 20, 64 << 10
	if maxSpool == 0 {
		return most
	}
	return max(least, min(most, maxSpool/16))
}

// DirSize is the size of all files in a spool directory; 0 where it cannot be read.
func DirSize(dir string) (total int64) {
	c := NewCatalog(dir)
	if c.Look() != nil {
		return 0
	}
	for _, f := range c.Files() {
		if size, err := f.Size(); err == nil {
			total += size
		}
	}
	return total
}
