package verifytest

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/syslogfmt"
)

// remoteFile is a file of the central server.
type remoteFile struct {
	path string
	out  *os.File
	buf  *bufio.Writer
}

// writeLocal writes a line to its file of the local log.
func (s *Site) writeLocal(w *writer, m *message) {
	if s.NoLocal {
		return
	}
	name, text := w.stream+"_log", m.text
	if m.row == 1 {
		name = "audit_log"
		pid, _, _ := strings.Cut(w.procID, "-")
		text = fmt.Sprintf("%s %s httpd_syslog[%s]: [ID %d syslog.info] %s", m.at.Format("2006-01-02T15:04:05.000000Z07:00"), s.Host, pid, m.number, m.text)
	}
	f := s.files[name]
	if f == nil {
		out, err := os.Create(filepath.Join(s.Local, name))
		s.check(err)
		f = &localFile{name: name, out: out, sum: sha256.New(), whole: sha256.New()}
		s.files[name] = f
		s.order = append(s.order, name)
	}
	b := []byte(text + "\n")
	_, err := f.out.Write(b)
	s.check(err)
	_, _ = f.sum.Write(b)
	_, _ = f.whole.Write(b)
	f.end += int64(len(b))
	f.told = f.told || !isRoutine(m.text)
}

// rotate gives the local files other names, once they are sealed.
func (s *Site) rotate() {
	stamp := s.now.Format("2006-01-02T15-04-05.000")
	order := s.order
	s.order = nil
	for _, name := range order {
		f := s.files[name]
		if name == "audit_log" && s.minute%(2*s.Rotate) != 2*s.Rotate-1 || f.begin != f.end && name != "audit_log" {
			s.order = append(s.order, name)
			continue
		}
		last := s.sealRest(f)
		delete(s.files, name)
		s.check(f.out.Close())
		path := filepath.Join(s.Local, name+"-"+stamp)
		s.check(os.Rename(filepath.Join(s.Local, name), path))
		if last != "" {
			s.tell(s.deliverer, last) // in the next file
		}
		until := s.chain.N
		r := seal.Rotated{File: filepath.Base(path), Chain: s.chain.ID, Since: f.since, Until: until, Size: f.end, Sum: seal.Sum(f.whole.Sum(nil))}
		e := r.Event()
		s.tell(s.deliverer, e.String())
		if s.rng.IntN(3) > 0 {
			s.pack(path)
			if name != "audit_log" {
				s.backups = append(s.backups, path+".gz")
			}
		}
	}
	if len(s.backups) > 6 {
		s.check(os.Remove(s.backups[0]))
		s.tell(s.deliverer, fmt.Sprintf("local log: %s is removed {event=rotated.removed file=%s why=keep}", filepath.Base(s.backups[0]), filepath.Base(s.backups[0])))
		s.backups = s.backups[1:]
	}
}

// sealRest seals what is left of a file, which may be seals alone. It returns the seal's text.
func (s *Site) sealRest(f *localFile) (text string) {
	if f.begin == f.end {
		return ""
	}
	text = s.chain.File(seal.File{File: f.name, Since: f.since, Begin: f.begin, End: f.end, Sum: seal.Sum(f.sum.Sum(nil))})
	if f.since == 0 {
		f.since = s.chain.N
	}
	return text
}

// send writes a message to the central server's file.
func (s *Site) send(w *writer, m *message) {
	name := w.stream
	h := syslogfmt.Header{Facility: syslogfmt.Local1, Time: m.at, Hostname: s.Host, Tag: "httpd", ProcID: w.procID, MsgID: name}
	if m.row == 1 {
		name = "audit"
		h.Facility, h.Tag, h.MsgID = syslogfmt.Syslog, "httpd_syslog", name
	}
	f := s.remote[name]
	if f == nil {
		path := filepath.Join(s.Remote, s.Host, name+".log")
		out, err := os.Create(path)
		s.check(err)
		f = &remoteFile{path, out, bufio.NewWriterSize(out, 256<<10)}
		s.remote[name] = f
	}
	s.encoder.SetHeader(&h)
	s.buf = append(s.encoder.Append(s.buf[:0], severity[m.row], m.number, []byte(m.text)), '\n')
	_, err := f.buf.Write(s.buf)
	s.check(err)
}

// rotateRemote rotates the central files, as logrotate does.
func (s *Site) rotateRemote() {
	for name, f := range s.remote {
		s.check(f.buf.Flush(), f.out.Close())
		path := f.path + "-" + s.now.Format("20060102-1504")
		s.check(os.Rename(f.path, path))
		if s.Packed || !s.Plain && s.rng.IntN(2) == 0 {
			s.pack(path)
		}
		delete(s.remote, name)
	}
}

func (s *Site) close() {
	for _, f := range s.files {
		s.check(f.out.Close())
	}
	for _, f := range s.remote {
		s.check(f.buf.Flush(), f.out.Close())
	}
}
