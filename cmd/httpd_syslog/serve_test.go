package main

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// serve starts the service with the site's configuration, and waits until it delivers.
func (s *site) serve() *front {
	s.t.Helper()
	f := s.run(s.command(nil, "serve", "--config", s.config))
	s.awaitDelivery(f.cmd.Process.Pid)
	return f
}

// awaitDelivery waits until a process delivers.
func (s *site) awaitDelivery(pid int) {
	s.t.Helper()
	testbed.Eventually(s.t, fmt.Sprintf("delivery by process %d", pid), func() bool {
		return strings.Contains(testbed.ReadFile(s.t, filepath.Join(s.state, "status")), fmt.Sprintf(`"running":true,"service":true,"pid":%d,`, pid))
	})
}

// endService ends the service in good order.
func (f *front) endService() {
	f.t.Helper()
	kill(f.t, f.cmd.Process.Pid, syscall.SIGTERM)
	f.wait(0)
}

// isOpen reports whether a process has a file open.
func isOpen(pid int, path string) bool {
	return slices.Contains(slices.Collect(maps.Values(testbed.Process(pid).Descriptors())), path)
}

// watchWriters looks all the time who has the local log open. stop says how often it
// has looked, and how often it was more than one process.
func (s *site) watchWriters() (stop func() (looks, several int)) {
	end, done := make(chan struct{}), make(chan struct{})
	var looks, several int
	path := filepath.Join(s.log, "access_log")
	count := func() (n int) {
		for _, pid := range append(s.pids("serve"), s.pids("deliver")...) {
			if isOpen(pid, path) {
				n++
			}
		}
		return n
	}
	go func() {
		defer close(done)
		for {
			select {
			case <-end:
				return
			case <-time.After(5 * time.Millisecond):
			}
			looks++
			if count() < 2 {
				continue
			}
			if count() > 1 { // still: one that was just killed lets go of one file after the other
				several++
			}
		}
	}()
	return func() (int, int) {
		close(end)
		<-done
		return looks, several
	}
}

// TestServiceTakesOver: a deliverer that an intake has started gives way to the
// service, and when that ends or is killed another one begins; no line comes twice
// but after the kill.
func TestServiceTakesOver(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	srv.senderDies = true
	srv.open()
	s.configure("%s%s", s.places(), srv.relay("central"))
	front, w := s.pipe()
	const n = 1000
	writeLines(t, w, 1, n)
	srv.awaitText(line(n))
	onDemand := s.one("deliver")

	began := time.Now()
	service := s.serve()
	t.Logf("the service delivers after %v", time.Since(began))
	testbed.Eventually(t, fmt.Sprintf("the end of deliverer %d, which has given way", onDemand), func() bool { return len(s.pids("deliver")) == 0 })
	writeLines(t, w, n+1, 2*n)
	srv.awaitText(line(2 * n))

	service.endService()
	writeLines(t, w, 2*n+1, 3*n)
	srv.awaitText(line(3 * n))
	s.one("deliver")
	checkAll(t, "server before the kill", srv.texts(), 3*n)

	service = s.serve()
	kill(t, service.cmd.Process.Pid, syscall.SIGKILL)
	writeLines(t, w, 3*n+1, 4*n)
	srv.awaitText(line(4 * n))
	w.Close()
	front.wait(0)
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), 4*n)
	y := tallyUp(srv.texts(), 4*n)
	t.Logf("server: %v", y)
	if y.missing > 0 || len(y.torn) > 0 {
		t.Error("lines are missing")
	}
	checkSameNumbers(t, srv.all("access"))
}

// TestServiceRestarts: the service is ended, killed and started again at random while
// two intakes take lines in.
func TestServiceRestarts(t *testing.T) {
	for _, deliver := range []string{"auto", "service"} {
		t.Run(deliver, func(t *testing.T) {
			t.Parallel()
			serviceRestarts(t, deliver)
		})
	}
}

func serviceRestarts(t *testing.T, deliver string) {
	const restarts = 20
	t.Logf("-seed %d", *seed)
	r := rand.New(rand.NewPCG(*seed, 0))
	s, srv := newSite(t), newServer(t)
	srv.senderDies = true
	srv.open()
	s.configure("deliver = %q\n%smax_size = \"1MB\"\ncompress = false\n%s", deliver, s.places(), srv.relay("central"))
	writers := s.watchWriters()
	fronts, pipes := make([]*front, 2), make([]*os.File, 2)
	for i := range pipes {
		fronts[i], pipes[i] = s.pipe()
	}
	f := &feed{t: t}
	pour := func() { // some tenths of a second at 10,000 lines a second
		for range 10 + r.IntN(30) {
			for _, f.w = range pipes {
				f.write(50)
			}
			time.Sleep(10 * time.Millisecond) // the pace
		}
	}
	count := make(map[string]int)
	for range restarts {
		service := s.serve()
		pour()
		if r.IntN(2) == 0 {
			count["killed"]++
			kill(t, service.cmd.Process.Pid, syscall.SIGKILL)
			service.wait(-1)
		} else {
			count["ended"]++
			service.endService()
		}
		pour()
		if deliver == "service" && len(s.pids("deliver")) > 0 {
			t.Error("an intake has started a deliverer, though only the service is to deliver")
		}
	}
	service := s.serve()
	for i := range pipes {
		pipes[i].Close()
		fronts[i].wait(0)
	}
	for _, n := range []int{f.lines - 1, f.lines - 51} { // the last of each pipe
		srv.awaitText(fmt.Sprintf("line %d%s", n, feedEnd))
	}
	service.endService()
	s.awaitEnd()
	looks, several := writers()
	o := f.check(s, srv, false)
	s.checkNothingFound()
	t.Logf("%d lines, service %v: %d lost, %d torn, %d repeats at the server; local log open in more than one process at %d of %d looks",
		f.lines, count, len(o.lost), o.torn, o.repeats, several, looks)
	if len(o.lost) > 0 || o.torn > 0 || several > 0 {
		t.Error("that is more than nothing")
	}
}

// TestOnlyTheServiceDelivers: with deliver = "service" lines wait for it.
func TestOnlyTheServiceDelivers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("deliver = \"service\"\n%s", s.places())
	f, w := s.pipe()
	const n = 100
	writeLines(t, w, 1, n)
	w.Close()
	f.wait(0)
	testbed.Eventually(t, "the intake's end", func() bool { return len(s.pids("intake")) == 0 })
	if pids := s.pids("deliver"); len(pids) > 0 || s.local("access_log") != "" {
		t.Errorf("deliverers %v, %d bytes in the local log", pids, len(s.local("access_log")))
	}
	service := s.serve()
	s.awaitLocal("access_log", line(n)+"\n")
	service.endService()
	checkAll(t, "local log", s.localLines(), n)
	s.awaitEnd()
}

// TestTwoServices: the second one says why it does not begin, and disturbs nothing.
func TestTwoServices(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	service := s.serve()
	second := s.run(s.command(nil, "serve", "--config", s.config))
	second.wait(cli.ExitUnable)
	s.awaitStderr("another service delivers from this state directory: " + s.state)
	service.endService()
}

// TestServiceOfOtherConsumers: a service that may not deliver says why, and ends.
func TestServiceOfOtherConsumers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	s.serve().endService()
	other := filepath.Join(s.dir, "other.toml")
	testbed.WriteFile(t, other, strings.Replace(s.places(), s.log, s.log+"2", 1))
	s.run(s.command(nil, "serve", "--config", other)).wait(cli.ExitUnable)
	s.awaitStderr("the state directory belongs to other consumers: " + s.state)
}

// TestServiceLeavesWhatItCannotDeliver: SIGTERM ends it within drain_timeout, and the
// lines are delivered by the next.
func TestServiceLeavesWhatItCannotDeliver(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	s.configure("deliver = \"service\"\n%s%s", s.places(), srv.relay("central"))
	service := s.serve()
	f, w := s.pipe()
	const n = 1000
	writeLines(t, w, 1, n)
	w.Close()
	f.wait(0)
	s.awaitLocal("access_log", line(n)+"\n")
	service.endService()
	if !strings.Contains(s.spooled(), line(n)) {
		t.Error("the spool does not hold the lines any more")
	}
	srv.open()
	service = s.serve()
	srv.awaitText(line(n))
	service.endService()
	checkAll(t, "server", srv.texts(), n)
	checkAll(t, "local log", s.localLines(), n)
	s.awaitEnd()
}

// TestServiceOutlivesItsStateDirectory: lines go on into a new one.
func TestServiceOutlivesItsStateDirectory(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	service := s.serve()
	f, w := s.pipe()
	writeLines(t, w, 1, 10)
	s.awaitLocal("access_log", line(10)+"\n")
	testbed.Eventually(t, "the removal", func() bool { return os.RemoveAll(s.state) == nil }) // files are made in there meanwhile
	s.awaitDelivery(service.cmd.Process.Pid)
	n := 10
	testbed.Eventually(t, "lines in the local log again", func() bool {
		n++
		writeLines(t, w, n, n)
		return strings.Contains(s.local("access_log"), line(n-1))
	})
	testbed.Eventually(t, "the end of its trouble", func() bool { // what is told in the drain is delivered by the next start
		_, err := os.Stat(statedir.Dir(s.state).Cursor(statedir.LocalCursor)) // from then on there is no new one
		told := s.stderr()
		return err == nil && strings.Count(told, "event=log.failing") == strings.Count(told, "event=log.written")
	})
	testbed.Eventually(t, "delivery by the service alone", func() bool { // a deliverer may have begun in the new directory, and gives way to it
		return len(s.pids("deliver")) == 0 && statedir.Dir(s.state).Delivering()
	})
	w.Close()
	f.wait(0)
	service.endService()
	s.awaitEnd()
}

// TestServiceManager is told what it has to know (sd_notify(3)).
func TestServiceManager(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	socket := filepath.Join(socketDir(t), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	await := func(want string) {
		t.Helper()
		if err := conn.SetReadDeadline(time.Now().Add(testbed.Patience)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 1<<10)
		for {
			n, err := conn.Read(b)
			if err != nil {
				t.Fatalf("%s: %v", want, err)
			}
			if strings.HasPrefix(string(b[:n]), want) {
				return
			}
		}
	}
	cmd := s.command(nil, "serve", "--config", s.config)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=3000000")
	service := s.run(cmd)
	await("READY=1")
	await("WATCHDOG=1")
	await("WATCHDOG=1")
	kill(t, cmd.Process.Pid, syscall.SIGHUP)
	await("RELOADING=1\nMONOTONIC_USEC=")
	await("READY=1")
	kill(t, cmd.Process.Pid, syscall.SIGTERM)
	await("STOPPING=1")
	service.wait(0)
}

// TestReloadUnderLoad: relays are added, removed, and changed, and a file is broken,
// while lines go through. No line is lost, and a connection that nothing of that is
// about stays.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	s, kept, changed, added, removed := newSite(t), newServer(t), newServer(t), newServer(t), newServer(t)
	for _, srv := range []*server{kept, changed, added, removed} {
		srv.open()
	}
	s.configure("%s%s%s%s", s.places(), kept.relay("kept"), changed.relay("changed"), removed.relay("removed"))
	service := s.serve()
	reload := func(event string) {
		t.Helper()
		kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
		s.awaitEvent(event)
	}
	f, w := s.pipe()
	load := writeOn(w)
	pass := func() { // some lines after what was done
		t.Helper()
		text := line(int(load.n.Load()) + 1000)
		kept.awaitText(text)
		changed.awaitText(text)
	}
	pass()
	s.configure("%s%s%s%s%s", s.places(), kept.relay("kept"), changed.relay("changed"), removed.relay("removed"), added.relay("added"))
	reload("relay added added; it gets the lines from now on")
	pass()
	s.configure("%s%s%smax_message = \"32KiB\"\n%s%s", s.places(), kept.relay("kept"), changed.relay("changed"), removed.relay("removed"), added.relay("added"))
	kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
	testbed.Eventually(t, "a connection with the changed settings", func() bool { return changed.connections.Load() > 1 })
	pass()
	s.configure("%s%s%smax_message = \"32KiB\"\n%s", s.places(), kept.relay("kept"), changed.relay("changed"), added.relay("added"))
	reload("relay removed removed; ")
	pass()
	s.configure("%sfoo = 1\n", s.places())
	reload("configuration rejected, the one before stays in force: " + s.config + ":")
	s.awaitStderr("configuration rejected")
	pass()
	n := load.end(t)
	w.Close()
	f.wait(0)
	for _, srv := range []*server{kept, changed, added} {
		srv.awaitText(line(n))
	}
	service.endService()
	s.awaitEnd()
	checkAll(t, "local log", s.localLines(), n)
	checkAll(t, "server that was kept", kept.texts(), n)
	checkAll(t, "server that was changed", changed.texts(), n)
	checkNumbers(t, kept.messages())
	first, _ := strconv.Atoi(added.texts()[0][:8])
	t.Logf("%d lines; the added server has those from %d on; connections: kept %d, changed %d, added %d",
		n, first, kept.connections.Load(), changed.connections.Load(), added.connections.Load())
	if y := tallyUp(added.texts(), n); y.missing != first-1 || y.doubled > 0 || len(y.torn) > 0 {
		t.Errorf("the added server: %v", y)
	}
	if kept.connections.Load() != 1 || added.connections.Load() != 1 {
		t.Error("a connection that nothing has changed for was not kept")
	}
}

// TestServiceShowsHowItIs over HTTP, at an address that a reload changes.
func TestServiceShowsHowItIs(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	srv.open()
	addresses := []string{testbed.FreeAddress(t), testbed.FreeAddress(t)}
	configure := func(address string) {
		s.configure("http.listen = %q\n%s%s", address, strings.Replace(s.places(), "http.listen = \"\"\n", "", 1), srv.relay("central"))
	}
	configure(addresses[0])
	service := s.serve()
	f, w := s.pipe()
	const n = 100
	writeLines(t, w, 1, n)
	srv.awaitText(line(n))
	for _, want := range []string{
		`httpd_syslog_relay_up{relay="central"} 1`,
		`httpd_syslog_stream_lines_total{stream="access"} 100`,
		`httpd_syslog_local_log_lines_total{stream="access"} 100`,
		`httpd_syslog_relay_backlog_lines{relay="central"} 0`,
	} {
		testbed.Eventually(t, want, func() bool { return strings.Contains(get(addresses[0], "/metrics"), want+"\n") })
	}
	for path, want := range map[string]string{"/": "central", "/healthz": "ok", "/readyz": "ok", "/status.json": `"service"`} {
		if got := get(addresses[0], path); !strings.Contains(got, want) {
			t.Errorf("%s: %s", path, got)
		}
	}
	configure(addresses[1])
	kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
	testbed.Eventually(t, "the page at the new address", func() bool { return get(addresses[1], "/healthz") == "ok\n" })
	if got := get(addresses[0], "/healthz"); got != "" {
		t.Errorf("the old address still answers %q", got)
	}
	_, port, _ := net.SplitHostPort(addresses[1])
	configure("0.0.0.0:" + port) // which the one in use is part of
	kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
	testbed.Eventually(t, "the page at all addresses", func() bool { return get("127.0.0.2:"+port, "/healthz") == "ok\n" })
	configure(srv.addr) // which is taken
	kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
	s.awaitEvent("http: status and metrics are not served there: listen tcp " + srv.addr)
	if got := get(addresses[1], "/healthz"); got != "ok\n" {
		t.Errorf("the address before answers %q", got)
	}
	w.Close()
	f.wait(0)
	service.endService()
	s.awaitEnd()
}

// get is what is answered, nothing if there is no answer.
func get(address, path string) string {
	r, err := http.Get("http://" + address + path)
	if err != nil {
		return ""
	}
	defer r.Body.Close()
	b, _ := io.ReadAll(r.Body) // part of an answer is not what is wanted
	return string(b)
}
