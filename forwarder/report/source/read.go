package source

import (
	"context"

	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/gather"
	"httpd-syslog/forwarder/verify/archive"
)

// Options say what is read.
type Options struct {
	LogDir string   // of a web server; empty: none
	Paths  []string // of central servers: files, and directories with all below; copies of audit_log, too
	Lanes  int      // files that are read at a time; 0: 2
	Report gather.Options
}

// Read reads all, and makes the report. Its error is ctx's; what cannot be read is in the report.
func Read(ctx context.Context, o Options) (*report.Report, error) {
	m := gather.New(o.Report)
	f := &finder{ctx: ctx, m: m, known: make(map[string]bool)}
	if o.LogDir != "" {
		f.find(o.LogDir, true)
	}
	for _, path := range o.Paths {
		f.find(path, false)
	}
	if err := readAll(ctx, &o, f.paths, m); err != nil {
		return nil, err
	}
	return m.Report(), nil
}

const (
	defaultLanes = 2
	ahead        = 4 // batches of a file that wait for their turn
)

// reading is a file that is read.
type reading struct {
	path     string
	events   chan []gather.Event
	routines []*gather.Routine // when events is closed
	content  archive.Content
	err      error
}

// readAll reads the files beside each other, and takes them in one behind the other.
func readAll(ctx context.Context, o *Options, paths []string, m *gather.Maker) error {
	ctx, stop := context.WithCancel(ctx)
	lanes := o.Lanes
	if lanes <= 0 {
		lanes = defaultLanes
	}
	started := make(chan *reading, lanes)
	go func() {
		defer close(started)
		slots := make(chan struct{}, lanes)
		for _, path := range paths {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			r := &reading{path: path, events: make(chan []gather.Event, ahead)}
			go func() {
				r.read(ctx, m)
				<-slots
				close(r.events)
			}()
			started <- r
		}
	}()
	defer func() { // until all goroutines have ended
		stop()
		for r := range started {
			for range r.events {
			}
		}
	}()
	for r := range started {
		for events := range r.events {
			for i := range events {
				m.Add(&events[i])
			}
		}
		r.take(m)
	}
	return ctx.Err()
}

// read reads the file, and gives its events away as they come.
func (r *reading) read(ctx context.Context, m *gather.Maker) {
	p := &parser{path: r.path, local: isAuditFile(r.path), m: m, hosts: make(map[string]string), routines: make(map[string]*gather.Routine)}
	give := func(events []gather.Event) error {
		select {
		case r.events <- events:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.content, r.err = archive.Read(ctx, r.path, func(b archive.Block) error { return p.block(b, give) })
	if err := p.flush(give); r.err == nil {
		r.err = err
	}
	r.routines = p.order
}

// take takes in what is known of the file when it was read.
func (r *reading) take(m *gather.Maker) {
	for _, one := range r.routines {
		m.AddRoutine(one)
	}
	if r.err != nil {
		m.Cannot(r.err.Error())
		return
	}
	m.Read()
	for _, flaw := range r.content.Flaws {
		m.Cannot(r.path + ": " + flaw)
	}
}
