package transport

import (
	"net"
	"time"
)

// Timing is how soon a peer that has gone without a word is noticed over TCP. The zero value is
// for production; tests shorten it.
//
// With something on the way it is UserTimeout (TCP_USER_TIMEOUT) that notices: long enough for a
// slow reader, for a short one turns that into reconnects and repeated lines. Without, keepalive
// does, whose probes then count for nothing but that the user time-out begins (Linux: it
// overrides their number).
type Timing struct {
	UserTimeout       time.Duration // 0: 60 s
	KeepAliveIdle     time.Duration // before the first probe; 0: 15 s
	KeepAliveInterval time.Duration // between probes; 0: 5 s
}

const (
	userTimeout       = 60 * time.Second
	keepAliveIdle     = 15 * time.Second
	keepAliveInterval = 5 * time.Second
	keepAliveProbes   = 3
)

func (t Timing) userTimeout() time.Duration {
	if t.UserTimeout == 0 {
		return userTimeout
	}
	return t.UserTimeout
}

func (t Timing) keepAlive() net.KeepAliveConfig {
	c := net.KeepAliveConfig{Enable: true, Idle: keepAliveIdle, Interval: keepAliveInterval, Count: keepAliveProbes}
	if t.KeepAliveIdle > 0 {
		c.Idle = t.KeepAliveIdle
	}
	if t.KeepAliveInterval > 0 {
		c.Interval = t.KeepAliveInterval
	}
	return c
}
