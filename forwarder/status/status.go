package status

import (
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/statedir"
)

// Status is how the delivery from a state directory is doing.
type Status struct {
	Time      time.Time    `json:"time"` // of the look
	StateDir  statedir.Dir `json:"state_dir"`
	Delivery  Delivery     `json:"delivery"`
	Spool     Spool        `json:"spool"`
	Streams   []Stream     `json:"streams"` // in the configuration's order, AuditStream last
	Local     Local        `json:"local_log"`
	Collect   *Collect     `json:"collect,omitempty"` // nil: nothing is collected
	Relays    []Relay      `json:"relays"`            // in the configuration's order
	Listeners []Listener   `json:"listeners"`
	// Troubles are what fails again and again, and delivery goes on without.
	Troubles []Trouble `json:"troubles,omitempty"`
	// Incidents are what has begun, as events have told, and is not over.
	Incidents []Incident `json:"incidents,omitempty"`
	// Verified is what came of the last daily check of the local files; nil: there was none.
	Verified *statedir.Verified `json:"verified,omitempty"`
}

// Delivery is who delivers.
type Delivery struct {
	Running  bool      `json:"running"`            // somebody does
	Starting bool      `json:"starting,omitempty"` // somebody delivers, and has written no status yet
	Service  bool      `json:"service"`            // it is the system service, else a process that an intake has started
	PID      int       `json:"pid,omitempty"`
	Version  string    `json:"version,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Config   string    `json:"config,omitempty"`   // the file
	Loaded   time.Time `json:"loaded,omitzero"`    // when the configuration in force was loaded
	Rejected string    `json:"rejected,omitempty"` // why the file as it is now was not taken over; empty: it was
}

// Spool is what waits on the disk.
type Spool struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	Max   int64 `json:"max_bytes"` // spool.max_size; 0: not known, or no limit
	Disk  Disk  `json:"disk"`      // that the state directory is on

	// Unwritable: a process that takes lines in has not been able to write them for a second;
	// they are in memory.
	Unwritable bool `json:"unwritable,omitempty"`
	// Unread is how many files cannot be read, or are of an unknown format, and ReadError the
	// error of one of them. What they hold is in no count.
	Unread    int    `json:"unreadable_files,omitempty"`
	ReadError string `json:"read_error,omitempty"`
	// Strange are the streams of lines that wait because the configuration does not have them.
	Strange []string      `json:"unconfigured_streams,omitempty"`
	Damage  cursor.Damage `json:"damage"`
}

// Disk is a file system.
type Disk struct {
	Free int64 `json:"free_bytes"` // for others than root; 0 with Size 0: not known
	Size int64 `json:"bytes"`
}

// Trouble is something that fails again and again, and that the delivery goes on without.
type Trouble struct {
	What  string    `json:"what"`  // names the kind of trouble
	Error string    `json:"error"` // the last one
	Since time.Time `json:"since"`
	// Incident is what its events belong to; empty: none has told of it.
	Incident string `json:"incident,omitempty"`
}

// Incident is something that has begun, as an event has told, and is not over.
type Incident struct {
	ID      string    `json:"incident"` // writer and number of the first event
	Code    string    `json:"event"`    // of that event
	Subject string    `json:"subject,omitempty"`
	Cause   string    `json:"cause,omitempty"` // as it was told last
	Since   time.Time `json:"since"`
}

// Stream counts the lines of a stream since its state directory was made.
type Stream struct {
	Name    string `json:"name"`
	Lines   uint64 `json:"lines"`          // taken in and spooled
	Bytes   uint64 `json:"bytes"`          // of these, with their LFs
	Dropped uint64 `json:"dropped_lines"`  // by intakes and listeners, for want of room in memory or in the spool
	Local   uint64 `json:"local_lines"`    // in the local log
	LocalB  uint64 `json:"local_bytes"`    // of these
	LeftOut uint64 `json:"left_out_lines"` // of the local log, because the disk was full; every server has them
	// Stored and Truncated are card numbers in its lines, by network, as far as events have told.
	Stored    cursor.CardCounts `json:"card_numbers_stored,omitempty"`
	Truncated cursor.CardCounts `json:"card_numbers_truncated,omitempty"`
}

// Backlog is what a consumer has not accepted yet.
type Backlog struct {
	Lines  uint64    `json:"lines"`           // events not counted
	Bytes  int64     `json:"bytes"`           // of the spool
	Oldest time.Time `json:"oldest,omitzero"` // when the first of these lines came in
}

// Local is the local log as a consumer.
type Local struct {
	Dir     string         `json:"dir"`
	Error   string         `json:"error,omitempty"`       // why it is not written at present
	Since   time.Time      `json:"since,omitzero"`        // when that began
	Held    []HeldFile     `json:"held_files,omitempty"`  // that cannot be written, while the others are
	Found   []cursor.Found `json:"found_files,omitempty"` // what somebody should look at, until it is acknowledged
	Rate    float64        `json:"lines_per_second"`      // over the last ten seconds or so
	Backlog Backlog        `json:"backlog"`
	Latency Latency        `json:"latency"`
	Seals   *Seals         `json:"seals,omitempty"` // nil: none are made

	Disk    Disk    `json:"disk"`    // that the log directory is on
	Rotated Rotated `json:"rotated"` // how its rotated files are looked after
}

// Seals is how far the seals are.
type Seals struct {
	Chain string    `json:"chain"`          // empty: there is none yet
	N     uint64    `json:"n"`              // the last one
	Count uint64    `json:"count"`          // since the state directory was made
	At    time.Time `json:"at,omitzero"`    // when the last one was made
	Since time.Time `json:"since,omitzero"` // of the first line or event that is not sealed; zero: all are

	Every time.Duration `json:"every"` // so long after a line it is sealed
}

// Age is for how long something has waited for its seal.
func (s *Seals) Age(now time.Time) time.Duration {
	return waited(s.Since, now)
}

// waited is for how long something has waited since a time; 0: nothing does.
func waited(since, now time.Time) time.Duration {
	if since.IsZero() {
		return 0
	}
	return max(0, now.Sub(since))
}

// Rotated is the state of the rotated files of the local log.
type Rotated struct {
	Files  int       `json:"files"`
	Bytes  int64     `json:"bytes"` // of these
	Oldest time.Time `json:"oldest,omitzero"`
	Failed int       `json:"failed"`          // those that cannot be compressed or removed at present
	Error  string    `json:"error,omitempty"` // what cannot be done, and why for the first of them
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
	RelayUnknown RelayState = ""           // nobody delivers, or the deliverer has not said anything yet
	RelayStarts  RelayState = "connecting" // for the first time since the delivery began
	RelayUp      RelayState = "up"         // there is no outage: a session stands, or an idle one has ended in good order
	RelayDown    RelayState = "down"       // an outage, as the events tell of it: no session has stood since it began
)

// Relay is a relay as a consumer.
type Relay struct {
	Name     string     `json:"name"`
	Servers  []string   `json:"servers"`             // their URLs, in order of preference
	Streams  []string   `json:"streams,omitempty"`   // that it takes; empty: all
	Whole    bool       `json:"collected,omitempty"` // messages that are collected, too
	Server   string     `json:"server,omitempty"`    // in use, or tried last
	State    RelayState `json:"state"`
	Since    time.Time  `json:"since,omitzero"` // when State began: of an outage, its first failure
	Error    string     `json:"last_error,omitempty"`
	ErrorAt  time.Time  `json:"last_error_at,omitzero"`
	Lines    uint64     `json:"lines"`          // accepted by the server, repeated ones included
	Repeated uint64     `json:"repeated_lines"` // sent again after a break, though they had been accepted
	GivenUp  uint64     `json:"given_up_lines"` // passed over for want of room in the spool
	Failures uint64     `json:"failures"`       // connections that failed or broke
	Rate     float64    `json:"lines_per_second"`
	// Delay is how long a line may wait for others that go into the same entry of a store.
	Delay time.Duration `json:"delay,omitempty"`
	// Backlog counts lines that are not accepted, and during an outage also those that are sent again.
	Backlog Backlog `json:"backlog"`
	Latency Latency `json:"latency"` // of lines that are accepted for the first time
	// Refused are messages that a server did not take, and Aside those of them of which it
	// took no cut version either: AsideFile has them, until somebody removes it.
	Refused   uint64 `json:"refused_messages,omitempty"`
	Aside     uint64 `json:"aside_messages,omitempty"`
	AsideFile string `json:"aside_file,omitempty"`
}

// Count is what the status tells that the relay has done.
func (s *Relay) Count() cursor.RelayCount {
	return cursor.RelayCount{Lines: s.Lines, Repeated: s.Repeated, GivenUp: s.GivenUp, Failures: s.Failures, Refused: s.Refused, Aside: s.Aside}
}

func (s *Relay) SetCount(c cursor.RelayCount) {
	s.Lines, s.Repeated, s.GivenUp, s.Failures = c.Lines, c.Repeated, c.GivenUp, c.Failures
	s.Refused, s.Aside = c.Refused, c.Aside
}

// Listener is one address that the service takes syslog in on.
type Listener struct {
	URL   string `json:"url"`
	Error string `json:"error,omitempty"` // why nothing listens at the address; empty: something does

	// What follows counts since the listener was opened; see package listener.
	Messages  uint64            `json:"messages"`  // taken in
	Refused   map[string]uint64 `json:"refused"`   // messages by reason
	Malformed uint64            `json:"malformed"` // of those taken in: not quite in their format
	Continued uint64            `json:"continued"` // of those taken in: second lines of messages
	Cut       uint64            `json:"cut"`       // of those taken in: cut, or broken off
	CutBytes  uint64            `json:"cut_bytes"` // what was cut off, as far as that is known

	Connections    int    `json:"connections"`         // open now
	MaxConnections int    `json:"max_connections"`     // that may be; 0: there are none at this address
	Closed         uint64 `json:"closed"`              // connections that we closed
	TurnedAway     uint64 `json:"turned_away"`         // connections that there was no room for
	Untrusted      uint64 `json:"untrusted,omitempty"` // connections without a handshake of TLS that ended well

	// Until is when our certificate expires; zero: there is none. Clients are those whose certificates expire
	// first, in order, of the ones that have proved a name since the listener was opened.
	Until   time.Time `json:"certificate_until,omitzero"`
	Clients []Client  `json:"clients,omitempty"`
}

// Client is one that has proved a name by its certificate.
type Client struct {
	Name  string    `json:"name"`
	Until time.Time `json:"certificate_until"`
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

// Observe counts lines that were received together, and accepted now. It ignores a zero received.
func (l *Latency) Observe(received, now time.Time) {
	if received.IsZero() {
		return
	}
	seconds := max(0, now.Sub(received).Seconds()) // the clock may have been stepped
	i := 0
	for i < len(LatencyBounds) && seconds > LatencyBounds[i] {
		i++
	}
	l.Counts[i]++
	l.Sum += seconds
}
