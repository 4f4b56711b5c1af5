package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"httpd-syslog/packaging/bench/measure"
)

// recording is what one web server has sent: messages of RFC 5424, without framing.
type recording struct {
	messages [][]byte
	writers  [][]byte // their names, 16 hexadecimal digits each
	lines    int      // of the access log; the others are events
}

// recordedHost is the HOSTNAME of all messages.
const recordedHost = "web000.example.com"

// record has the program send the lines of an access log to a server that keeps what comes.
func record(program string, lines int) (*recording, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	conf := fmt.Sprintf("hostname = %q\nstate_dir = %q\n[seal]\nevery = \"1m\"\n[log]\ndir = %q\n[[relay]]\nname = \"central\"\nservers = [\"tcp://%s\"]\n",
		recordedHost, dir+"/state", dir+"/log", l.Addr())
	path := filepath.Join(dir, "httpd_syslog.toml")
	if err := os.WriteFile(path, []byte(conf), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, "--config", path)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(measure.AccessLines(lines)), os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	sent, err := accept(l, lines)
	if err = errors.Join(err, cmd.Wait()); err != nil {
		return nil, err
	}
	return newRecording(sent)
}

// accept keeps what comes over connections until it has so many lines, and the sender has closed.
func accept(l net.Listener, lines int) (all []byte, err error) {
	for bytes.Count(all, measure.LineMark) < lines {
		_ = l.(*net.TCPListener).SetDeadline(time.Now().Add(time.Minute))
		conn, err := l.Accept()
		if err != nil {
			return nil, fmt.Errorf("the recording has %d of %d lines: %w", bytes.Count(all, measure.LineMark), lines, err)
		}
		b, err := io.ReadAll(conn)
		conn.Close()
		if all = append(all, b...); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// newRecording takes counted messages apart.
func newRecording(sent []byte) (*recording, error) {
	r := &recording{}
	known := make(map[string]bool)
	for len(sent) > 0 {
		digits, rest, _ := bytes.Cut(sent, []byte{' '})
		n, err := strconv.Atoi(string(digits))
		if err != nil || n > len(rest) {
			return nil, fmt.Errorf("no counted message: %.40q", sent)
		}
		m := rest[:n:n]
		sent = rest[n:]
		r.messages = append(r.messages, m)
		if bytes.Contains(m, measure.LineMark) {
			r.lines++
		}
		if id := word(m, 4); len(id) > 16 && !known[string(id)] {
			known[string(id)] = true
			r.writers = append(r.writers, id[len(id)-16:])
		}
	}
	return r, nil
}

// word is the nth word of a message, from 0.
func word(m []byte, n int) []byte {
	for ; n > 0; n-- {
		_, m, _ = bytes.Cut(m, []byte{' '})
	}
	w, _, _ := bytes.Cut(m, []byte{' '})
	return w
}

// stream is what goes over one connection.
type stream struct {
	host  string
	first int // so many messages have each kind that there is, so that there are all files
	b     []byte
	ends  []int // of each message's frame
	text  []byte
	size  []int64 // of the files that have that message and those before it
}

// streams are those of so many senders: each has the first messages of the recording as its own, under a
// name and with writers of its own.
func (r *recording) streams(conns int, relp bool) (all []*stream) {
	for i := range conns {
		all = append(all, r.stream(i, len(r.messages)/conns, relp))
	}
	return all
}

func (r *recording) stream(nth, messages int, relp bool) *stream {
	s := &stream{host: fmt.Sprintf("web%03d.example.com", nth)}
	txnr, size := 1, int64(0) // 1 is that of open
	known := make(map[string]bool)
	for _, m := range r.messages[:messages] {
		txnr++
		if relp {
			s.b = strconv.AppendInt(s.b, int64(txnr), 10)
			s.b = append(s.b, " syslog "...)
		}
		s.b = strconv.AppendInt(s.b, int64(len(m)), 10)
		s.b = append(append(s.b, ' '), m...)
		if relp {
			s.b = append(s.b, '\n')
		}
		s.text = append(append(s.text, m...), '\n')
		size += int64(len(m)) + 1
		if kind := string(word(m, 5)); !known[kind] {
			known[kind], s.first = true, len(s.size)+1
		}
		s.ends, s.size = append(s.ends, len(s.b)), append(s.size, size)
	}
	s.b, s.text = r.renamed(s.b, nth), r.renamed(s.text, nth)
	return s
}

// renamed has the name of the nth sender, and its writers, all of the same length.
func (r *recording) renamed(b []byte, nth int) []byte {
	b = bytes.ReplaceAll(b, []byte(recordedHost), fmt.Appendf(nil, "web%03d.example.com", nth))
	for _, w := range r.writers {
		b = bytes.ReplaceAll(b, w, fmt.Appendf(nil, "%s%03x", w[:13], nth))
	}
	return b
}

// total is what all files have in the end.
func total(all []*stream) (size int64) {
	for _, s := range all {
		size += s.size[len(s.size)-1]
	}
	return size
}
