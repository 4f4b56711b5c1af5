//go:build faultpoints

package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestIncidentsSurviveKills: a deliverer is killed at the begin of an outage, or at its end, before and
// after the event, before and after the record of what is open. The outage is told once all the same.
func TestIncidentsSurviveKills(t *testing.T) {
	for _, point := range []string{"audit.write.before", "audit.incident.before", "audit.incident.after"} {
		for _, at := range []string{"begin", "end"} {
			t.Run(point+"/"+at, func(t *testing.T) {
				t.Parallel()
				s, srv := newSite(t), newServer(t)
				s.configure("%s%s", s.places(), srv.relay("central"))
				marker := filepath.Join(s.dir, "marker")
				if at == "end" {
					f, w := s.pipe()
					writeLines(t, w, 1, 10)
					s.awaitTold("relay.down")
					w.Close()
					f.wait(0)
					testbed.Eventually(t, "no intake", func() bool { return len(s.pids("intake")) == 0 })
					kill(t, s.one("deliver"), syscall.SIGKILL)
					srv.open()
				}
				r, w := testbed.Pipe(t)
				cmd := s.command(r, "--config", s.config)
				cmd.Env = append(os.Environ(), "HTTPD_SYSLOG_FAULT="+point+"=kill", "HTTPD_SYSLOG_FAULT_MARKER="+marker)
				front := s.run(cmd)
				r.Close()
				writeLines(t, w, 11, 20)
				testbed.Eventually(t, "the point is passed", func() bool { return testbed.Exists(marker) })
				if at == "begin" {
					s.awaitTold("relay.down")
					srv.open()
				}
				s.awaitTold("relay.up")
				w.Close()
				front.wait(0)
				s.awaitEnd()
				s.checkOneOutage()
			})
		}
	}
}
