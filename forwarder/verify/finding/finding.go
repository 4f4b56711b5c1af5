package finding

import "cmp"

// Code names a kind of finding, for programs.
type Code string

// What can be found.
const (
	Altered        Code = "altered"      // texts are not those that were sealed
	Missing        Code = "missing"      // lines that there were are not there, and no event says why
	Added          Code = "added"        // lines that no writer has made, or no seal has
	Order          Code = "order"        // lines have changed places
	TwoTexts       Code = "two_texts"    // one number has two texts
	Unnumbered     Code = "unnumbered"   // a line without a number, where others have one
	Unfinished     Code = "unfinished"   // a writer has begun, and nobody knows its end
	UnexplainedCut Code = "cut"          // a text ends with the mark of a cut, and no event names it
	NoSeal         Code = "no_seal"      // nothing vouches for lines, or for a file
	NotSealed      Code = "not_sealed"   // lines that are older than later seals, and are in none
	Chain          Code = "chain"        // seals do not hang together
	NotCovered     Code = "not_covered"  // nothing is known of a time, or of a host
	FileAltered    Code = "file_altered" // bytes of a local file are not those that were sealed
	FileShortened  Code = "file_shortened"
	FileGrown      Code = "file_grown"   // bytes that are in no seal, in a file that is finished
	FileMissing    Code = "file_missing" // and no event says that it was removed
	FileFlaw       Code = "file_flaw"    // the file itself is damaged, or has more than one content
	Unknown        Code = "unknown_file" // a file that no seal knows
	Store          Code = "store"        // a store shows that somebody has changed what it kept
	Reported       Code = "reported"     // the program itself has said that something is wrong

	// Unchecked are not findings: what was asked for could not be done.
	Unchecked Code = "unchecked"
)

// Finding is a thing that was found. All but Code and Say may be empty.
type Finding struct {
	Code   Code   `json:"code"`
	Say    string `json:"say"` // what it is, in words
	Host   string `json:"host,omitempty"`
	File   string `json:"file,omitempty"`
	Line   int64  `json:"line,omitempty"` // in File, from 1
	Until  int64  `json:"until_line,omitempty"`
	Begin  int64  `json:"begin,omitempty"` // bytes of File: from Begin to End, which is the first one behind
	End    int64  `json:"end,omitempty"`
	Writer string `json:"writer,omitempty"`
	Class  string `json:"class,omitempty"`
	First  uint64 `json:"first,omitempty"` // numbers
	Last   uint64 `json:"last,omitempty"`
	Seal   string `json:"seal,omitempty"`
	Text   string `json:"text,omitempty"`     // the line there
	Other  string `json:"other,omitempty"`    // the same line elsewhere, or as it was
	Where  string `json:"other_at,omitempty"` // where Other stands
}

// compare orders findings for people: by host, file and place.
func compare(a, b *Finding) int {
	return cmp.Or(
		cmp.Compare(a.Host, b.Host), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Begin, b.Begin),
		cmp.Compare(a.Writer, b.Writer), cmp.Compare(a.Class, b.Class), cmp.Compare(a.First, b.First), cmp.Compare(a.Say, b.Say))
}
