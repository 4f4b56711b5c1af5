package cursor

import (
	"time"

	"httpd-syslog/forwarder/seal"
)

// Collected is what the record of a collector has besides its position in the spool.
type Collected struct {
	// Dir is where the files are, and N counts the records: notes of files that were opened since name it.
	Dir string `json:"dir"`
	N   uint64 `json:"n"`
	// Day is the first day whose files may still be written to: days since 1970.
	Day int32 `json:"day"`
	// Changes are where the sizes of files and the numbers of all senders are; see package changes.
	Changes Changes `json:"changes"`
	// Seals is how far the seals are; nil: there were none.
	Seals *CollectedSeals `json:"seals,omitempty"`
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
	Size   int64
	Inode  uint64 // 0: not known
	Sealed int64  // up to where it is in lists of seals
}

// CollectedSeals is how far the seals of a collector were a while ago, and are.
type CollectedSeals struct {
	SealedTo          // what a list has behind that is told again
	Last     SealedTo `json:"last"`
}

// SealedTo is the last seal of a collector's chain, and the end of its list.
type SealedTo struct {
	Chain seal.Chain `json:"chain"`
	Day   int32      `json:"day"`         // of the list
	Size  int64      `json:"size"`        // of the list, as of the chain's last seal
	At    time.Time  `json:"at,omitzero"` // that seal was made; zero in records of former versions
}
