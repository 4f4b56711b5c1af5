package spool

import "httpd-syslog/forwarder/spool/frame"

// refresh takes over what the catalog has found.
func (r *Reader) refresh() {
	files := r.catalog.Files()
	if len(files) == len(r.known) && (len(files) == 0 || &files[0] == &r.known[0]) {
		return
	}
	r.known = files
	there := make(map[frame.FileID]bool, len(files))
	for _, f := range files {
		there[f.ID] = true
		c := r.cursors[f.ID]
		if c == nil {
			c = &cursor{}
			r.cursors[f.ID] = c
		}
		c.file, c.next = f, nil
		if c.err != nil {
			c.seen = 0
		}
	}
	for id, c := range r.cursors {
		if !there[id] {
			c.gone = true
			r.close(c)
			delete(r.cursors, id)
		}
	}
	r.chain()
}

// chain finds the file of each writer that is to be read next.
func (r *Reader) chain() {
	r.heads, r.look = r.heads[:0], 0
	var before *cursor
	for _, f := range r.known {
		c := r.cursors[f.ID]
		if before != nil && before.file.ID.Writer == f.ID.Writer {
			before.next = c
		} else {
			r.heads = append(r.heads, c)
		}
		c.head, before = len(r.heads)-1, c
	}
	for i := range r.heads {
		r.skipDone(i)
	}
}

// skipDone turns to a writer's next file, as long as one is done with. It reports whether it has.
func (r *Reader) skipDone(i int) (moved bool) {
	for c := r.heads[i]; (c.done || c.parked) && c.next != nil; c = c.next {
		r.heads[i], moved = c.next, true
	}
	return moved
}
