package cursor

import (
	"time"

	"httpd-syslog/forwarder/seal"
)

// Seals is how far the local log is with its seals, at ReadTo and at the sizes of its files.
type Seals struct {
	Chain seal.Chain `json:"chain"`
	Count uint64     `json:"count"`          // seals made since the state directory was made
	At    time.Time  `json:"at,omitzero"`    // of the last seal
	Off   bool       `json:"off,omitempty"`  // no seals are made, and that was told
	Since time.Time  `json:"since,omitzero"` // when the first text came in that is not sealed; zero: all are
	// Last are the texts that were told last, or are to be told: a start tells them again.
	Last    []SealText           `json:"last,omitempty"`
	Lines   []LinesPiece         `json:"lines,omitempty"`
	Files   map[string]FilePiece `json:"files,omitempty"`   // by path
	Rotated []RotatedFile        `json:"rotated,omitempty"` // that are to be read again
}

// SealText is an event that was made before it was told.
type SealText struct {
	Text string    `json:"text"`
	Told time.Time `json:"told,omitzero"` // zero: not yet
}

// PieceSum is the state of the SHA-256 of a piece that goes on, as package crypto/sha256 writes it.
type PieceSum []byte

// LinesPiece is the piece of a writer's lines, or events, that the next seal of them is of.
type LinesPiece struct {
	Writer string     `json:"writer"`
	Class  seal.Class `json:"class"`
	Stream string     `json:"stream"`
	Span   LinesSpan  `json:"span"`
	Sum    PieceSum   `json:"sum"`
}

// LinesSpan is what a piece has of a writer.
type LinesSpan struct {
	Bytes uint64    `json:"bytes"` // LFs included
	Lines uint64    `json:"lines"`
	First uint64    `json:"first"`
	Last  uint64    `json:"last"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
}

// FilePiece is the piece of a file that the next seal of it is of.
type FilePiece struct {
	Since uint64   `json:"since,omitempty"` // first seal of the file; 0: it has none
	Until uint64   `json:"until,omitempty"` // last seal of it
	Begin int64    `json:"begin,omitempty"`
	End   int64    `json:"end,omitempty"`
	Sum   PieceSum `json:"sum,omitempty"` // empty: Begin is End, or Alone
	// Alone: the piece is a writer's lines, all and nothing else, so that theirs is its sum.
	Alone string `json:"alone,omitempty"`
}

// RotatedFile is a file that is to be read once more.
type RotatedFile struct {
	Path  string `json:"path"` // without ".gz"
	Chain string `json:"chain"`
	Since uint64 `json:"since,omitempty"`
	Until uint64 `json:"until,omitempty"`
}
