package collector

import (
	"errors"
	"fmt"
	"time"

	"httpd-syslog/forwarder/collector/changes"
	"httpd-syslog/forwarder/collector/files"
	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/record"
)

// known is what is recorded besides positions: of numbers and files, in changes.
type known struct {
	log  *changes.Log
	n, f []byte // scratch
}

// write writes what has changed, for a record.
func (k *known) write(c *Collector) (cursor.Changes, error) {
	whole := c.book.WantsWhole() || k.log.WantsWhole()
	k.n, k.f = c.book.Append(k.n[:0], whole), c.set.AppendSizes(k.f[:0], c.state.day, whole)
	at, err := k.log.Write(whole, changes.Part{Kind: changes.Numbers, Payload: k.n}, changes.Part{Kind: changes.Sizes, Payload: k.f})
	if cap(k.n)+cap(k.f) > 1<<20 {
		k.n, k.f = nil, nil
	}
	return at, err
}

// loaded reads what a record has of numbers and files. Where it is damaged the book is empty, and no file is
// cut back: damaged is why then.
func loaded(path string, was *cursor.Collected, o numbers.Options, now time.Time) (book *numbers.Book, damaged, err error) {
	book = numbers.New(o, now)
	was.Files = make(map[string]cursor.CollectedFile)
	err = changes.Read(path, was.Changes, func(p changes.Part) error {
		switch p.Kind {
		case changes.Numbers:
			return book.Load(p.Payload, now)
		case changes.Sizes:
			return files.LoadSizes(was.Files, p.Payload)
		}
		return fmt.Errorf("%w: it has chunks of kind %q", record.ErrVersion, p.Kind)
	})
	if err == nil || errors.Is(err, record.ErrVersion) {
		return book, nil, err
	}
	was.Files = nil
	return numbers.New(o, now), err, nil
}
