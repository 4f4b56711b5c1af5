package forwarder

import (
	"time"

	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/syslogfmt"
)

// followEvery is how often the deliverer looks at the machine's time zone without another occasion.
const followEvery = time.Minute

// followZone takes up the machine's time zone, and tells when it is another one.
func followZone(events *eventLog) {
	if name, changed := localtime.Refresh(); changed {
		events.log(syslogfmt.Notice, "the time zone is now %q", name)
	}
}
