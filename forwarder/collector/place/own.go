package place

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"httpd-syslog/forwarder/seal"
)

// ElsewhereDir is the directory of files that stand in for others. No safe name, and no pattern, begins so.
const ElsewhereDir = "_elsewhere"

// SealsDir is the directory of the lists of seals, likewise.
const SealsDir = seal.ListDir

// List is the path of the list of a day.
func List(day Day) string { return SealsDir + "/" + day.String() + listSuffix }

const listSuffix = ".log"

// Packed is what the name of a file has besides when it was packed.
const Packed = ".gz"

// ListDay is the day of a list by its path; false: it is the path of none.
func ListDay(name string) (Day, bool) {
	day, is := strings.CutPrefix(name, SealsDir+"/")
	day, ends := strings.CutSuffix(day, listSuffix)
	t, err := time.Parse(time.DateOnly, day)
	return DayOf(t), is && ends && err == nil
}

// longest is how long a name between slashes of a path elsewhere is, in bytes: short enough for any file system.
const longest = 128

// Elsewhere is the path of the file that stands in for one that cannot be written: the same path below
// ElsewhereDir. A name that a file system may find too long keeps its end, and has a digest before that.
func Elsewhere(name string) string {
	at := ElsewhereDir
	for piece := range strings.SplitSeq(name, "/") {
		if len(piece) > longest {
			sum := sha256.Sum256([]byte(piece))
			piece = hex.EncodeToString(sum[:8]) + "-" + piece[len(piece)-(longest-digestLen):]
		}
		at += "/" + piece
	}
	return at
}

// InPlaceOf is the path of the file for which one stands in, if its own path says so.
func InPlaceOf(name string) (string, bool) { return strings.CutPrefix(name, ElsewhereDir+"/") }
