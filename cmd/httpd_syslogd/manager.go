package main

import (
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// manager tells the service manager how the service is doing (sd_notify(3)). Without a service
// manager nothing happens; that it cannot be told is no error.
type manager struct {
	every time.Duration // between signs of life; 0: none is wanted
	alive time.Time     // the last sign of life; of beat alone
	said  string        // the last status; of status alone
}

func newManager() *manager {
	timeout, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return &manager{} // a WATCHDOG_USEC that cannot be read is the service manager's mistake: no signs of life
	}
	return &manager{every: timeout / 3}
}

func (m *manager) notify(state string) { _, _ = daemon.SdNotify(false, state) }

func (m *manager) ready() { m.notify(daemon.SdNotifyReady) }

// reloading tells that a reload has begun, with the monotonic time, without which systemd v253
// and later do not accept it.
func (m *manager) reloading() {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) == nil {
		m.notify(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, now.Nano()/1000))
	}
}

func (m *manager) stopping() { m.notify(daemon.SdNotifyStopping) }

// status is the line that systemctl status shows. It is told when it changes.
func (m *manager) status(text string) {
	if text != m.said {
		m.said = text
		m.notify("STATUS=" + text)
	}
}

// beat gives a sign of life if one is due. The watcher calls it at each look for lines, so that
// a service that stands still is started again.
func (m *manager) beat() {
	if now := time.Now(); m.every > 0 && now.Sub(m.alive) >= m.every {
		m.alive = now
		m.notify(daemon.SdNotifyWatchdog)
	}
}
