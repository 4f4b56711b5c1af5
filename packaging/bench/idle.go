package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/packaging/bench/measure"
)

// measureIdle says what the service, a front and its intake cost while nothing
// comes, after some traffic.
func measureIdle(program string) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r, err := listen("0", nil)
	if err != nil {
		return err
	}
	conf := filepath.Join(dir, "httpd_syslog.toml")
	if err := os.WriteFile(conf, []byte(oursConf(dir, relayConf("bench", "tcp://127.0.0.1:"+r.port(), ""))+idleSeals), 0o644); err != nil {
		return err
	}
	serve := exec.Command(program, "serve", "--config", conf)
	serve.Stderr = os.Stderr
	if err := serve.Start(); err != nil {
		return err
	}
	time.Sleep(time.Second) // it is to be the one that delivers
	front, in, err := startFront(program, conf)
	if err != nil {
		return err
	}
	const traffic = 10000
	if _, err := in.Write(measure.AccessLines(traffic)); err != nil {
		return err
	}
	if err := arrived(r, traffic, time.Minute); err != nil {
		return err
	}
	time.Sleep(settle)
	idleTable(map[int]string{serve.Process.Pid: "serve", front.Process.Pid: "front"}, 30*time.Second)
	in.Close()
	serve.Process.Signal(unix.SIGTERM)
	reap()
	return nil
}

// settle is how long after traffic a process is idle: it looks around more often before.
const settle = 15 * time.Second

// idleSeals has everything sealed by the time that a process is idle: from then on there is nothing to seal.
const idleSeals = "[seal]\nevery = \"5s\"\n"

// idleTable watches all processes for a time; the one without a name is the intake.
func idleTable(names map[int]string, d time.Duration) {
	pids := measure.Descendants(0)
	type counts struct{ switches, ticks int }
	before := make(map[int]counts)
	for _, pid := range pids {
		before[pid] = counts{measure.Switches(pid), measure.Ticks(pid)}
	}
	time.Sleep(d)
	fmt.Printf("| idle for %v | RSS MB | voluntary context switches /s | CPU ticks (1/100 s) |\n|---|---|---|---|\n", d)
	for _, pid := range pids {
		name, b := names[pid], before[pid]
		if name == "" {
			name = "intake"
		}
		fmt.Printf("| %s | %.1f | %.2f | %d |\n", name, measure.ResidentMB(pid, "VmRSS"),
			float64(measure.Switches(pid)-b.switches)/d.Seconds(), measure.Ticks(pid)-b.ticks)
	}
}

// startFront starts what Apache starts.
func startFront(program, conf string) (*exec.Cmd, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	cmd := exec.Command(program, "--config", conf)
	cmd.Stdin = r
	return cmd, w, cmd.Start()
}

// arrived waits until r has so many lines.
func arrived(r *receiver, lines int64, within time.Duration) error {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if r.messages.Load() >= lines {
			return nil
		}
	}
	return fmt.Errorf("%d of %d messages have come after %v", r.messages.Load(), lines, within)
}

// reap waits for every child and returns what they have used.
func reap() (cpu time.Duration) {
	for {
		var usage unix.Rusage
		_, err := unix.Wait4(-1, nil, 0, &usage)
		switch err {
		case nil:
			cpu += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		case unix.EINTR:
		default:
			return cpu
		}
	}
}
