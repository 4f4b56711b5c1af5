package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/testbed"
)

// leaked are descriptors as a web server, a module or a wrapper may leave them open over
// exec, from 3 on: a locked file, a listening port, the write end of another logger's pipe.
func leaked(t *testing.T, s *site) (files []*os.File) {
	t.Helper()
	lock, err := os.Create(filepath.Join(s.dir, "precious"))
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, w := testbed.Pipe(t)
	files = []*os.File{lock, port, w}
	t.Cleanup(func() {
		lock.Close()
		port.Close()
	})
	return files
}

// holds are those of the files that a process has open, and Go's look at the cgroup.
func holds(t *testing.T, pid int, files []*os.File) (held []string) {
	t.Helper()
	foreign := testbed.Process(os.Getpid()).Descriptors()
	for fd, to := range testbed.Process(pid).Descriptors() {
		for _, f := range files {
			if to == foreign[int(f.Fd())] {
				held = append(held, fmt.Sprintf("%d is %s", fd, to))
			}
		}
		if strings.Contains(to, "cgroup") {
			held = append(held, fmt.Sprintf("%d is %s", fd, to))
		}
	}
	return held
}

// TestNoRoleKeepsForeignDescriptors: neither front, intake and deliverer nor the service
// keep what whoever started them has left open. They would outlive the web server with it.
func TestNoRoleKeepsForeignDescriptors(t *testing.T) {
	t.Parallel()
	t.Run("by hand", func(t *testing.T) {
		s := newSite(t)
		noRoleKeeps(t, s, leaked(t, s), "--wait")
	})
	s := newSite(t)
	files := leaked(t, s)
	noRoleKeeps(t, s, files)
	for _, command := range [][]string{{program(), "serve"}, {program() + "d", "serve"}} {
		service := s.command(nil, command[1], "--config", s.config)
		service.Path, service.ExtraFiles = command[0], files
		run := s.run(service)
		s.awaitDelivery(service.Process.Pid)
		if held := holds(t, service.Process.Pid, files); len(held) > 0 {
			t.Errorf("%v: %v", command, held)
		}
		run.endService()
	}
}

func noRoleKeeps(t *testing.T, s *site, files []*os.File, args ...string) {
	t.Helper()
	s.configure("%s", s.places())
	r, w := testbed.Pipe(t)
	cmd := s.command(r, append(args, "--config", s.config)...)
	cmd.ExtraFiles = files
	f := s.run(cmd)
	r.Close()
	writeLines(t, w, 1, 10)
	s.awaitLocalLines(10)
	for _, role := range []string{"front", "intake", "deliver"} {
		pid := s.one(role)
		testbed.Eventually(t, role+" has let go of what is not its own", func() bool { return len(holds(t, pid, files)) == 0 })
	}
	if has := testbed.Process(s.one("front")).Descriptors(); len(args) == 0 && (len(has) != 3 || has[1] != "/dev/null" || has[2] != "/dev/null") {
		t.Errorf("the front has more than its pipe: %v", has)
	}
	w.Close()
	f.wait(0)
	s.awaitEnd()
	if text := testbed.ReadFile(t, filepath.Join(s.dir, "precious")); text != "" {
		t.Errorf("somebody has written into a file that was descriptor 3: %q", text)
	}
}

// TestReportGoesWhereItIsWanted: an intake writes its summary to the descriptor that it is
// given, and to no other.
func TestReportGoesWhereItIsWanted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("deliver = \"service\"\n%s", s.places())
	for _, wanted := range []bool{false, true} {
		r, w := testbed.Pipe(t)
		w.Close()
		report, err := os.Create(filepath.Join(s.dir, fmt.Sprint("report-", wanted)))
		if err != nil {
			t.Fatal(err)
		}
		args := []string{"intake", "--config", s.config}
		if wanted {
			args = slices.Insert(args, 1, "--"+intake.SummaryFlag+"=3")
		}
		cmd := s.command(r, args...)
		cmd.ExtraFiles = []*os.File{report}
		s.run(cmd).wait(cli.ExitOK)
		report.Close()
		if text := testbed.ReadFile(t, report.Name()); (text != "") != wanted {
			t.Errorf("wanted %v: %q", wanted, text)
		}
	}
}
