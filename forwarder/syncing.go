package forwarder

import (
	"cmp"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/spool"
)

// syncs are how far the spool files were synced.
type syncs struct {
	files map[*spool.File]fileSync
	at    time.Time // of the last look
}

// fileSync is the size of a file at the last look, and how far the file is synced, in bytes.
type fileSync struct{ seen, synced int64 }

// syncLagging syncs frames that have been in the spool for Sync and that some consumer has not
// accepted yet: a power failure must not cost older ones.
func (d *deliverer) syncLagging() {
	if d.o.Sync == 0 || time.Since(d.syncs.at) < d.o.Sync {
		return
	}
	d.syncs.at = time.Now()
	var failed error
	files := make(map[*spool.File]fileSync)
	for _, f := range d.catalog.Files() {
		size, err := f.Size()
		if err != nil {
			continue
		}
		s := d.syncs.files[f]
		if s.seen > s.synced && d.consumers.Load().lag(f, s.seen) {
			err := cmp.Or(fault.Error("deliver.sync"), f.Sync())
			if err == nil {
				s.synced = size
			}
			failed = cmp.Or(failed, err)
		}
		s.seen = size
		files[f] = s
	}
	d.syncs.files = files
	d.events.Trouble(&event.SpoolUnsynced, "", failed)
}
