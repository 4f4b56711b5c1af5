package forwarder

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/retention"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/testbed"
)

// rotatedFiles are the rotated files below the log directory.
func (s *site) rotatedFiles() (names []string) {
	for _, pattern := range []string{"*-????-*", "*/*-????-*"} {
		found, err := filepath.Glob(filepath.Join(s.o.Log.Dir, pattern))
		if err != nil {
			s.t.Fatal(err)
		}
		names = append(names, found...)
	}
	return names
}

// TestRotatedFilesOfVirtualHosts: each host's are counted by themselves, and come to their end when there are no
// virtual hosts any more, too.
func TestRotatedFilesOfVirtualHosts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	plain := s.o.Streams[0].File
	s.o.Streams[0].File = "{vhost}/access_log"
	s.o.Log.MaxSize = 64 << 10
	s.o.Log.Retention = retention.Policy{Keep: 2, Compress: true}
	line := " " + strings.Repeat("x", 1000) + "\n"
	for range 4 {
		w := s.writer("access")
		for _, host := range []string{"a.example.com", "b.example.com", "c.example.com"} {
			b := append(make([]byte, frame.HeaderSize), bytes.Repeat([]byte(host+line), 50)...)
			f := frame.Frame{Kind: frame.Lines, Severity: frame.StreamSeverity, Time: time.Now(), First: w.Next, Lines: 50}
			f.Seal(b)
			if _, err := w.W.Write(b); err != nil {
				t.Fatal(err)
			}
			w.Next += 50
		}
		w.Close()
		if err := RunDeliverer(t.Context(), s.o); err != nil {
			t.Fatal(err)
		}
	}
	count := make(map[string]int)
	for _, name := range s.rotatedFiles() {
		if !strings.HasSuffix(name, ".gz") {
			t.Errorf("%s is not compressed", name)
		}
		count[filepath.Base(filepath.Dir(name))]++
	}
	if fmt.Sprint(count) != "map[a.example.com:2 b.example.com:2 c.example.com:2]" {
		t.Errorf("%v", count)
	}
	st, err := status.Read(s.o.StateDir)
	if err != nil || st.Local.Rotated.Files != 6 || st.Local.Rotated.Bytes == 0 {
		t.Errorf("%+v, %v", st.Local.Rotated, err)
	}
	s.o.Streams[0].File = plain
	s.o.Log.Retention = retention.Policy{KeepAge: time.Millisecond}
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if left := s.rotatedFiles(); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}

// TestHostIsFollowed: after a reload events come from the host that it has brought.
func TestHostIsFollowed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	service, stop := s.runService()
	testbed.Eventually(t, "an event from the first host", func() bool { return s.local(stream.AuditFile) != "" })
	o := s.o
	o.Host = "web2"
	if err := service.Reload(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	stop()
	events := strings.Split(strings.TrimSuffix(s.local(stream.AuditFile), "\n"), "\n")
	if first, last := events[0], events[len(events)-1]; !strings.Contains(first, " web1 httpd_syslog") || !strings.Contains(last, " web2 httpd_syslog") {
		t.Errorf("%q", events)
	}
}
