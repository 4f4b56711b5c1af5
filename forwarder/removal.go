package forwarder

import (
	"cmp"
	"errors"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
)

// removals are how the removals of spool files have gone since tellRemovals was last called.
type removals struct {
	err error // why a file could not be removed; nil: all could
	any bool  // a file was removed
}

// clean removes the spool files that no consumer needs any more.
func (d *deliverer) clean() {
	for _, f := range d.catalog.Files() {
		if !f.Complete() { // asked first: what a file gets before it is complete is in its size then
			continue
		}
		size, err := f.Size()
		if err != nil || !d.consumers.Load().havePassed(f, size) {
			continue
		}
		d.remove(f)
	}
}

// remove removes a file that no consumer needs any more. It reports whether the file is gone. That a writer is about to
// close it is no trouble: the next look removes it.
func (d *deliverer) remove(f *spool.File) bool {
	err := d.consumers.Load().secure()
	if err == nil {
		err = d.catalog.Remove(f)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false
	}
	d.removals.err, d.removals.any = cmp.Or(d.removals.err, err), d.removals.any || err == nil
	return err == nil
}

// tellRemovals tells of a trouble with removing spool files, or that it is over. Where no file was
// to be removed neither is known.
func (d *deliverer) tellRemovals() {
	if d.removals.err != nil || d.removals.any {
		d.events.Trouble(&event.SpoolKept, "", d.removals.err)
	}
	d.removals = removals{}
}
