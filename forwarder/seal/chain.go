package seal

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
)

// Chain makes seals that hang together. It is a value: a copy of it goes on with the same seal, so that a
// maker records the Chain behind the seals that it has made before it tells them.
type Chain struct {
	ID   string `json:"id"`
	N    uint64 `json:"n"`    // of the last seal; 0: there is none
	Prev Sum    `json:"prev"` // of its text
}

// NewChain is a chain without seals, of a random ID.
func NewChain() Chain {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return Chain{ID: hex.EncodeToString(id[:])}
}

// Lines makes the next seal, of lines, and returns its text.
func (c *Chain) Lines(l Lines) (text string) {
	return c.next(Seal{Lines: &l})
}

// File makes the next seal, of a file, and returns its text. Where Since is 0 it becomes the number of
// this seal: the first one of a file.
func (c *Chain) File(f File) (text string) {
	if f.Since == 0 {
		f.Since = c.N + 1
	}
	return c.next(Seal{File: &f})
}

// Central makes the next seal, of a collector's files, and returns its text.
func (c *Chain) Central(of Central) (text string) {
	return c.next(Seal{Central: &of})
}

func (c *Chain) next(s Seal) string {
	s.N, s.Prev, s.Chain = c.N+1, c.Prev, c.ID
	text := s.Event().String()
	c.N, c.Prev = s.N, SumOf(text)
	return text
}

// String names the last seal, for people.
func (c *Chain) String() string { return "seal " + strconv.FormatUint(c.N, 10) + " of chain " + c.ID }
