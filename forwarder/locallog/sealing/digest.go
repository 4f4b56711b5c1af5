package sealing

import (
	"crypto/sha256"
	"encoding"
	"fmt"
	"hash"

	"httpd-syslog/forwarder/seal"
)

// digest is a SHA-256 that goes on, with states that can be kept. The zero value is that of nothing.
type digest struct {
	h hash.Hash // nil: nothing was written
}

// Write never fails.
func (d *digest) Write(p []byte) (int, error) {
	if d.h == nil {
		d.h = sha256.New()
	}
	return d.h.Write(p)
}

// append appends the state to dst; that of nothing is empty.
func (d *digest) append(dst []byte) []byte {
	if d.h == nil {
		return dst
	}
	dst, _ = d.h.(encoding.BinaryAppender).AppendBinary(dst) // never fails
	return dst
}

// set takes the hash to a state.
func (d *digest) set(state []byte) error {
	if len(state) == 0 {
		d.reset()
		return nil
	}
	if d.h == nil {
		d.h = sha256.New()
	}
	if err := d.h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		d.reset()
		return fmt.Errorf("state of a hash: %w", err)
	}
	return nil
}

// reset makes it the hash of nothing, and keeps its memory.
func (d *digest) reset() {
	if d.h != nil {
		d.h.Reset()
	}
}

// sumOf is the sum that a hash in that state has.
func sumOf(state []byte) seal.Sum {
	var d digest
	if d.set(state) != nil || d.h == nil {
		return seal.Sum(sha256.Sum256(nil))
	}
	return seal.Sum(d.h.Sum(nil))
}
