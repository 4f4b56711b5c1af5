package cursor

// Collected is what the record of a collector has besides its position in the spool.
type Collected struct {
	// Dir is where the files are, and N counts the records: notes of files that were opened since name it.
	Dir string `json:"dir"`
	N   uint64 `json:"n"`
	// Day is the first day whose files may still be written to: days since 1970.
	Day int32 `json:"day"`
	// Changes are where the sizes of files and the numbers of all senders are; see package changes.
	Changes Changes `json:"changes"`
	// Files are those that were written to lately, by their paths below Dir. They are read from Changes.
	Files map[string]CollectedFile `json:"-"`
}

// Changes say which file of changes counts, and how many of its bytes.
type Changes struct {
	File uint64 `json:"file"`
	Size int64  `json:"size"`
}

// CollectedFile is a file of a collector at a position in the spool.
type CollectedFile struct {
	Size  int64
	Inode uint64 // 0: not known
}
