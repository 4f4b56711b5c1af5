package forwarder

import (
	"time"

	"httpd-syslog/forwarder/retention"
)

// Status is how the delivery from a state directory is doing.
type Status struct {
	Time      time.Time        `json:"time"` // of the look
	StateDir  string           `json:"state_dir"`
	Delivery  Delivery         `json:"delivery"`
	Spool     SpoolStatus      `json:"spool"`
	Streams   []StreamStatus   `json:"streams"` // in the configuration's order, AuditStream last
	Local     LocalStatus      `json:"local_log"`
	Relays    []RelayStatus    `json:"relays"` // in the configuration's order
	Listeners []ListenerStatus `json:"listeners"`
	// Troubles are what fails again and again, and delivery goes on without.
	Troubles []Trouble `json:"troubles,omitempty"`
}

// Delivery is who delivers.
type Delivery struct {
	Running  bool      `json:"running"`            // somebody does
	Starting bool      `json:"starting,omitempty"` // but has not said anything yet
	Service  bool      `json:"service"`            // it is the system service, else a process that an intake has started
	PID      int       `json:"pid,omitempty"`
	Version  string    `json:"version,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Config   string    `json:"config,omitempty"`   // the file
	Loaded   time.Time `json:"loaded,omitzero"`    // when the configuration in force was loaded
	Rejected string    `json:"rejected,omitempty"` // why the file as it is now was not taken over; empty: it was
}

// SpoolStatus is what waits on the disk.
type SpoolStatus struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	Max   int64 `json:"max_bytes"` // spool.max_size; 0: not known, or no limit
	Disk  Disk  `json:"disk"`      // that the state directory is on

	// Unwritable: somebody who takes lines in has not been able to write them for a second;
	// they are in memory.
	Unwritable bool `json:"unwritable,omitempty"`
	// Unread is how many files cannot be read, or are not understood, and ReadError why one
	// of them cannot. Nobody knows what they hold.
	Unread    int    `json:"unreadable_files,omitempty"`
	ReadError string `json:"read_error,omitempty"`
	// Strange are the streams of lines that wait because the configuration does not have them.
	Strange []string `json:"unconfigured_streams,omitempty"`
	Damage  Damage   `json:"damage"`
}

// Disk is a file system.
type Disk struct {
	Free int64 `json:"free_bytes"` // for others than root; 0 with Size 0: not known
	Size int64 `json:"bytes"`
}

// Damage is what of the spool was not made of whole frames, and was passed over, since the
// state directory was made.
type Damage struct {
	Places uint64    `json:"places"`
	Bytes  uint64    `json:"bytes"`
	Last   time.Time `json:"last,omitzero"`
	New    bool      `json:"new,omitempty"` // nobody has acknowledged it
}

// StreamStatus counts the lines of a stream since its state directory was made.
type StreamStatus struct {
	Name    string `json:"name"`
	Lines   uint64 `json:"lines"`          // taken in and spooled
	Bytes   uint64 `json:"bytes"`          // of these, with their LFs
	Dropped uint64 `json:"dropped_lines"`  // by intakes and listeners, for want of room in memory or in the spool
	Local   uint64 `json:"local_lines"`    // in the local log
	LocalB  uint64 `json:"local_bytes"`    // of these
	LeftOut uint64 `json:"left_out_lines"` // of the local log, because the disk was full; every server has them
}

// Backlog is what a consumer has not accepted yet.
type Backlog struct {
	Lines  uint64    `json:"lines"`           // events not counted
	Bytes  int64     `json:"bytes"`           // of the spool
	Oldest time.Time `json:"oldest,omitzero"` // when the first of these lines came in
}

// LocalStatus is the local log as a consumer.
type LocalStatus struct {
	Dir     string      `json:"dir"`
	Error   string      `json:"error,omitempty"`       // why it is not written at present
	Since   time.Time   `json:"since,omitzero"`        // when that began
	Held    []HeldFile  `json:"held_files,omitempty"`  // that cannot be written, while the others are
	Found   []FoundFile `json:"found_files,omitempty"` // what somebody should look at, until it is acknowledged
	Rate    float64     `json:"lines_per_second"`      // over the last ten seconds or so
	Backlog Backlog     `json:"backlog"`
	Latency Latency     `json:"latency"`

	Disk    Disk             `json:"disk"`    // that the log directory is on
	Rotated retention.Status `json:"rotated"` // how its rotated files are looked after
}

// HeldFile is a file of the local log whose lines wait, because it cannot be written.
type HeldFile struct {
	File  string    `json:"file"` // in the log directory
	Error string    `json:"error"`
	Since time.Time `json:"since"`
	Lines uint64    `json:"lines"` // that wait for it
}

// RelayState is what a relay's connection does.
type RelayState string

const (
	RelayUnknown RelayState = ""           // nobody delivers, or who does has not said anything yet
	RelayStarts  RelayState = "connecting" // for the first time since the delivery began
	RelayUp      RelayState = "up"         // there is no outage: a session stands, or an idle one has ended in good order
	RelayDown    RelayState = "down"       // an outage, as the events tell of it: no session has stood since it began
)

// RelayStatus is a relay as a consumer.
type RelayStatus struct {
	Name     string     `json:"name"`
	Servers  []string   `json:"servers"`           // their URLs, in order of preference
	Streams  []string   `json:"streams,omitempty"` // that it takes; empty: all
	Server   string     `json:"server,omitempty"`  // in use, or tried last
	State    RelayState `json:"state"`
	Since    time.Time  `json:"since,omitzero"` // when State began: of an outage, its first failure
	Error    string     `json:"last_error,omitempty"`
	ErrorAt  time.Time  `json:"last_error_at,omitzero"`
	Lines    uint64     `json:"lines"`          // accepted by the server, repeated ones included
	Repeated uint64     `json:"repeated_lines"` // sent again after a break, though they had been accepted
	GivenUp  uint64     `json:"given_up_lines"` // passed over for want of room in the spool
	Failures uint64     `json:"failures"`       // connections that failed or broke
	Rate     float64    `json:"lines_per_second"`
	// Backlog is what is not accepted, and during an outage all that is to be sent again.
	Backlog Backlog `json:"backlog"`
	Latency Latency `json:"latency"` // of lines that are accepted for the first time
	// Refused are messages that a server did not take, and Aside those of them of which it
	// took no cut version either: AsideFile has them, until somebody removes it.
	Refused   uint64 `json:"refused_messages,omitempty"`
	Aside     uint64 `json:"aside_messages,omitempty"`
	AsideFile string `json:"aside_file,omitempty"`
}

// ListenerStatus is one address that the service takes syslog in on.
type ListenerStatus struct {
	URL   string `json:"url"`
	Error string `json:"error,omitempty"` // why it does not listen

	// What follows counts since the listener was opened; see package listener.
	Messages  uint64            `json:"messages"`  // taken in
	Refused   map[string]uint64 `json:"refused"`   // messages by reason
	Malformed uint64            `json:"malformed"` // of those taken in: not quite in their format
	Continued uint64            `json:"continued"` // likewise: second lines of messages
	Cut       uint64            `json:"cut"`       // likewise: cut, or broken off
	CutBytes  uint64            `json:"cut_bytes"` // what was cut off, as far as that is known

	Connections    int    `json:"connections"`     // open now
	MaxConnections int    `json:"max_connections"` // that may be; 0: there are none at this address
	Closed         uint64 `json:"closed"`          // connections that we closed
	TurnedAway     uint64 `json:"turned_away"`     // connections that there was no room for
}

// LatencyBounds are the upper bounds of the buckets of a Latency, in seconds; a
// last bucket has no bound.
var LatencyBounds = [...]float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30, 300, 3600}

// Latency is a histogram of the time from the receipt of a line to its being accepted
// by a consumer, counted by frames of lines that were received together.
type Latency struct {
	Counts [len(LatencyBounds) + 1]uint64 `json:"counts"` // not cumulative
	Sum    float64                        `json:"sum_seconds"`
}
