package frame

import (
	"bytes"
	"encoding/binary"
	"time"
)

// Origin is what a message said of itself, for a frame of lines that came as
// syslog: its relays send it on. The slices may hold any bytes.
type Origin struct {
	Time   time.Time // zero: none, or none that can be kept
	Host   []byte    // empty: none, or that of this machine
	Tag    []byte
	ProcID []byte
	MsgID  []byte
	Data   []byte // structured data, as RFC 5424 writes it, 6.3; empty: none
}

const (
	minOrigin       = 17
	maxOriginField  = 255
	maxOriginMsgID  = 32
	idSeparator     = 0        // before MsgID
	noZone          = -1 << 15 // stands for no time
	maxZone         = 24*60 - 1
	nanosPerSecond  = 1e9
	secondsAMinute  = 60
	maxOriginFields = minOrigin + 3*maxOriginField
)

// MaxOrigin is the greatest length of an origin in bytes, and MaxOriginData that of
// its Data.
const (
	MaxOrigin     = 1<<16 - 1
	MaxOriginData = MaxOrigin - maxOriginFields
)

// Append appends the origin as frames have it. Host, Tag and ProcID are cut to
// 255 bytes, ProcID before a MsgID to 222, MsgID to 32; Data above MaxOriginData is left
// out. A NUL in ProcID or MsgID becomes '_'.
func (o *Origin) Append(dst []byte) []byte {
	seconds, nanos, zone := int64(0), 0, noZone
	if !o.Time.IsZero() {
		_, offset := o.Time.Zone()
		seconds, nanos = o.Time.Unix(), o.Time.Nanosecond()
		zone = max(-maxZone, min(offset/secondsAMinute, maxZone))
	}
	host, tag, procID, data := short(o.Host), short(o.Tag), short(o.ProcID), o.Data
	msgID := o.MsgID[:min(len(o.MsgID), maxOriginMsgID)]
	ids := len(procID)
	if len(msgID) > 0 {
		procID = procID[:min(len(procID), maxOriginField-len("\x00")-maxOriginMsgID)]
		ids = len(procID) + len("\x00") + len(msgID)
	}
	if len(data) > MaxOriginData {
		data = nil
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(seconds))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(nanos))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(int16(zone)))
	dst = append(dst, byte(len(host)), byte(len(tag)), byte(ids))
	dst = appendID(append(append(dst, host...), tag...), procID)
	if len(msgID) > 0 {
		dst = appendID(append(dst, idSeparator), msgID)
	}
	return append(dst, data...)
}

// appendID appends an id without what separates ids.
func appendID(dst, id []byte) []byte {
	at := len(dst)
	dst = append(dst, id...)
	for i := at; i < len(dst); i++ {
		if dst[i] == idSeparator {
			dst[i] = '_'
		}
	}
	return dst
}

// Room is how many bytes Append appends at most.
func (o *Origin) Room() int { return maxOriginFields + min(len(o.Data), MaxOriginData) }

func short(b []byte) []byte { return b[:min(len(b), maxOriginField)] }

// ParseOrigin reads what Append has written; its slices are parts of b. false:
// b is something else.
func ParseOrigin(b []byte) (o Origin, ok bool) {
	if len(b) < minOrigin || len(b) > MaxOrigin {
		return o, false
	}
	seconds, nanos := int64(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint32(b[8:])
	zone := int(int16(binary.LittleEndian.Uint16(b[12:])))
	host, tag, ids := int(b[14]), int(b[15]), int(b[16])
	rest := b[minOrigin:]
	if len(rest) < host+tag+ids || nanos >= nanosPerSecond {
		return o, false
	}
	if zone != noZone {
		if zone < -maxZone || zone > maxZone {
			return o, false
		}
		o.Time = time.Unix(seconds, int64(nanos)).In(zoneOf(zone))
	}
	o.Host, rest = rest[:host], rest[host:]
	o.Tag, rest = rest[:tag], rest[tag:]
	o.ProcID, o.Data = rest[:ids], rest[ids:]
	if procID, msgID, both := bytes.Cut(o.ProcID, []byte{idSeparator}); both {
		o.ProcID, o.MsgID = procID, msgID
	}
	return o, true
}

// zoneOf avoids the making of a new zone for the usual ones: time has those of
// whole hours ready.
func zoneOf(minutes int) *time.Location {
	if minutes == 0 {
		return time.UTC
	}
	return time.FixedZone("", minutes*secondsAMinute)
}
