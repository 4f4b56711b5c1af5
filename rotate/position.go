package rotate

// Position is a committed state of the log: which file, and how long it is. The zero Position is
// none. It is comparable, and stored as JSON.
type Position struct {
	Dev  uint64 `json:"dev"`
	Ino  uint64 `json:"ino"`
	Size int64  `json:"size"` // bytes
	// Birth is when the inode was created, in ns since 1970; 0 where the file system does not tell.
	// Inode numbers are used again at once, and device numbers change with a reboot; with Birth
	// neither makes Recover take one file for another.
	Birth int64 `json:"birth,omitempty"`
}

// IsZero tells whether p names no file.
func (p Position) IsZero() bool { return p == Position{} }

// sameFile tells whether p and q are states of one file.
func (p Position) sameFile(q Position) bool {
	if p.Birth != 0 && q.Birth != 0 {
		return p.Ino == q.Ino && p.Birth == q.Birth
	}
	return p.Ino == q.Ino && p.Dev == q.Dev
}
