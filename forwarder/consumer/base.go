package consumer

import (
	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
)

// Base is what every consumer is made of, the local log or a relay.
type Base struct {
	StateDir    statedir.Dir
	Progress    *Progress
	Record      cursor.Record // as read at the start
	Catalog     *spool.Catalog
	Streams     *stream.Table
	Events      *audit.Log
	Wake        <-chan struct{} // gets something when there may be something new to read
	Unsubscribe func()          // ends the waking; the consumer calls it at its end
}
