package audit

import (
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/localtime"
)

// FollowZone reads the machine's time zone again, and makes an event if it is another one.
func (e *Log) FollowZone() {
	if name, changed := localtime.Refresh(); changed {
		e.Tell(event.ZoneChanged.With("zone", name))
	}
}
