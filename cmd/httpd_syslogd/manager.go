package main

import (
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// manager is what the service manager is told (sd_notify(3)). Without one, nothing
// happens; nor is it an error if it cannot be told.
type manager struct {
	every time.Duration // between signs of life; 0: none is wanted
	alive time.Time     // the last one; of beat alone
}

func newManager() *manager {
	timeout, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return &manager{} // the manager's environment is not ours to judge
	}
	return &manager{every: timeout / 3}
}

func (m *manager) notify(state string) { _, _ = daemon.SdNotify(false, state) }

func (m *manager) ready() { m.notify(daemon.SdNotifyReady) }

// reloading says so with the time that systemd v253 wants to have with it.
func (m *manager) reloading() {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) == nil {
		m.notify(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, now.Nano()/1000))
	}
}

func (m *manager) stopping() { m.notify(daemon.SdNotifyStopping) }

// status is the line that systemctl status shows.
func (m *manager) status(text string) { m.notify("STATUS=" + text) }

// beat is called as long as lines are looked for, and is a sign of life when one is due.
func (m *manager) beat() {
	if now := time.Now(); m.every > 0 && now.Sub(m.alive) >= m.every {
		m.alive = now
		m.notify(daemon.SdNotifyWatchdog)
	}
}
