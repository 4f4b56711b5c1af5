package locallog

import (
	"cmp"
	"os"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/locallog/vhost"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/stream"
)

// hostFiles are the files of a stream that has one for each virtual host.
type hostFiles struct {
	name   vhost.Name
	max    int
	files  map[string]*logFile // by host
	purged time.Time           // when names of files that are gone were last looked for
	told   bool                // an event has told that there are too many hosts
}

// newHosts makes the hosts of those streams that have a file for each.
func newHosts(streams *stream.Table) map[*stream.View]*hostFiles {
	all := make(map[*stream.View]*hostFiles)
	for st := range streams.All() {
		if name, is := vhost.Split(st.File); is {
			all[st] = &hostFiles{name: name, max: cmp.Or(st.MaxFiles, vhost.MaxFiles), files: make(map[string]*logFile)}
		}
	}
	return all
}

// hostsOf returns nil where a stream has one file.
func (l *Log) hostsOf(st *stream.View) *hostFiles {
	if len(l.hosts) == 0 { // as it mostly is
		return nil
	}
	return l.hosts[st]
}

// streamOf returns the stream that a file in the log directory is of, and the virtual host; nil: of none.
func (l *Log) streamOf(name string) (st *stream.View, host string) {
	for st := range l.Streams.All() {
		h := l.hostsOf(st)
		if h == nil && st.File == name {
			return st, ""
		}
		if h == nil {
			continue
		}
		if host, ok := h.name.Host(name); ok {
			return st, host
		}
	}
	return nil, ""
}

// splitByHost puts each of a frame's lines into the batch of its host's file.
func (l *Log) splitByHost(b *batch, f *spool.Frame, st *stream.View) {
	l.eachHost(f, st, func(host, line []byte) {
		l.put(b, l.hostFile(st, host), f, line, 1)
	})
}

// textForHost is textFor where each host has its file.
func (l *Log) textForHost(dst []byte, f *spool.Frame, st *stream.View, file *logFile) (text []byte, lines int) {
	l.eachHost(f, st, func(host, line []byte) {
		if l.hostFile(st, host) == file {
			dst = append(dst, line...)
			lines++
		}
	})
	return dst, lines
}

// eachHost goes through the frame's lines, as they stand in their files.
func (l *Log) eachHost(f *spool.Frame, st *stream.View, each func(host, line []byte)) {
	vhost.Each(f.Payload, l.render(f, st), each)
}

// hostFile is the file of a host's lines.
func (l *Log) hostFile(st *stream.View, host []byte) *logFile {
	if file := l.hosts[st].files[string(host)]; file != nil {
		return file
	}
	return l.newHostFile(st, string(host))
}

func (l *Log) newHostFile(st *stream.View, host string) *logFile {
	h := l.hosts[st]
	if host != vhost.Other && len(h.files) >= h.max && !l.purgeHosts(h) {
		if !h.told {
			h.told = true
			l.Events.Tell(event.LogHosts.With("stream", st.Name, "max_files", h.max, "file", h.name.Of(vhost.Other)))
		}
		return l.hostFile(st, []byte(vhost.Other))
	}
	file := l.fileOf(h.name.Of(host), st.Name)
	h.files[host] = file
	return file
}

// purgeHosts forgets the hosts whose files are gone, once a minute at most. It reports whether another
// host may have a file.
func (l *Log) purgeHosts(h *hostFiles) bool {
	if time.Since(h.purged) < time.Minute {
		return false
	}
	h.purged = time.Now()
	for host, file := range h.files {
		if _, err := os.Lstat(file.log.Path()); !os.IsNotExist(err) || file.touched || file.behind || l.apart[file] {
			continue
		}
		_ = file.log.Close() // it has no name any more
		delete(h.files, host)
		delete(l.files.byName, file.name)
		l.state.seals.Forget(file.seal)
	}
	return len(h.files) < h.max
}
