package forwarder

import (
	"bytes"
	"os"
	"strings"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
)

// HostPlace is what stands in a stream's file name for the virtual host, which is the first field of
// each line (LogFormat "%v …").
const HostPlace = "{vhost}"

// OtherHosts is the host of lines that name none that can be a directory's name, and of those of
// more hosts than there may be files.
const OtherHosts = "_other"

// DefaultMaxFiles is how many hosts of a stream have a file.
const DefaultMaxFiles = 1000

// hostFiles are the files of a stream that has one for each virtual host.
type hostFiles struct {
	before, after string // what the names of files have before and behind the host
	max           int
	files         map[string]*localFile // by host
	purged        time.Time             // when names of files that are gone were last looked for
	told          bool                  // that there are too many, by an event
}

// hostsOf returns nil where a stream has one file.
func hostsOf(s *Stream) *hostFiles {
	before, after, is := strings.Cut(s.File, HostPlace)
	if !is {
		return nil
	}
	h := &hostFiles{before: before, after: after, max: s.MaxFiles, files: make(map[string]*localFile)}
	if h.max == 0 {
		h.max = DefaultMaxFiles
	}
	return h
}

// host is that of a file's name; ok: the name is one of the stream's.
func (h *hostFiles) host(name string) (host string, ok bool) {
	host, before := strings.CutPrefix(name, h.before)
	host, after := strings.CutSuffix(host, h.after)
	return host, before && after && !strings.Contains(host, "/")
}

// maxHost is the length of the longest host that has a file of its own, in bytes.
const maxHost = 64

// appendHost appends the virtual host that a line begins with, made safe for a directory's name:
// lower case letters, digits, '.', '_' and '-', and no dot at the beginning.
func appendHost(dst, line []byte) []byte {
	n := bytes.IndexAny(line[:min(len(line), maxHost+1)], " \t\n")
	if n < 1 || line[0] == '.' || line[0] == '_' {
		return append(dst, OtherHosts...)
	}
	for _, c := range line[:n] {
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return append(dst[:0], OtherHosts...)
		}
		dst = append(dst, c)
	}
	return dst
}

// splitByHost puts each of a frame's lines into the batch of its host's file.
func (l *local) splitByHost(b *localBatch, f *spool.Frame, st *stream) {
	l.eachHost(f, st, func(host, line []byte) {
		l.put(b, l.hostFile(st, host), f, line, 1)
	})
}

// textForHost is textFor where each host has its file.
func (l *local) textForHost(dst []byte, f *spool.Frame, st *stream, file *localFile) (text []byte, lines int) {
	l.eachHost(f, st, func(host, line []byte) {
		if l.hostFile(st, host) == file {
			dst = append(dst, line...)
			lines++
		}
	})
	return dst, lines
}

// eachHost goes through the frame's lines, as they stand in their files.
func (l *local) eachHost(f *spool.Frame, st *stream, each func(host, line []byte)) {
	text, raw := l.render(f, st), f.Payload
	var buf [maxHost]byte
	for len(raw) > 0 && len(text) > 0 {
		n, m := lineEnd(raw), lineEnd(text)
		each(appendHost(buf[:0], raw[:n]), text[:m])
		raw, text = raw[n:], text[m:]
	}
}

// lineEnd is the length of the first line, with its line feed.
func lineEnd(b []byte) int {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return n + 1
	}
	return len(b)
}

// hostFile is the file of a host's lines.
func (l *local) hostFile(st *stream, host []byte) *localFile {
	if file := st.hosts.files[string(host)]; file != nil {
		return file
	}
	return l.newHostFile(st, string(host))
}

func (l *local) newHostFile(st *stream, host string) *localFile {
	h := st.hosts
	if host != OtherHosts && len(h.files) >= h.max && !l.purgeHosts(h) {
		if !h.told {
			h.told = true
			l.events.log(syslogfmt.Warning, "local log: stream %s has lines of more than %d virtual hosts (max_files); those of the others go to %s",
				st.Name, h.max, h.before+OtherHosts+h.after)
		}
		return l.hostFile(st, []byte(OtherHosts))
	}
	file := l.fileOf(h.before+host+h.after, st.Name)
	h.files[host] = file
	return file
}

// purgeHosts forgets the hosts whose files are gone, now and then. It reports whether there is room.
func (l *local) purgeHosts(h *hostFiles) bool {
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
		delete(l.files, file.name)
	}
	return len(h.files) < h.max
}
