package transport

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Store is a Session to a store: a server that keeps messages in entries, one behind the other, and
// takes an entry only where the one before it is known. So nothing is in a store twice, and two who
// write to the same series find out.
//
// Send collects messages, and Append makes an entry of them. What was sent and not appended is lost
// with the session; Close does not append it, and returns an error where there is some. What is
// appended is accepted. A session knows the number of the last entry from the store's answers alone.
type Store interface {
	Session
	// Last is the mark of the last entry that the series had when the session began; nil: it had none. An entry of
	// somebody else may have an empty one.
	Last() []byte
	// IsFull reports whether what was sent since the last Append is as much as an entry should have.
	IsFull() bool
	// Append makes an entry of the messages that were sent since the last Append, with a mark, of at most
	// MaxMark bytes of printable ASCII and with no blank at its ends, that says where they end. With no message since then it does
	// nothing. It blocks until the store has answered, and calls waiting about once a second
	// meanwhile; an error of waiting ends it. The error is ErrOvertaken where the store has another last
	// entry than the session knows. After an error the session is of no more use, and the entry may be in the
	// store or come into it yet.
	Append(mark []byte, waiting func() error) error
}

// MaxMark is how long a mark may be.
const MaxMark = 48 << 10

// ErrOvertaken: the series has another last entry than the session knows: one that an earlier session of ours
// has brought on its way, or somebody else's.
var ErrOvertaken = errors.New("the store has another last entry: one of ours that came late, or another deliverer writes there")

// Series says where in a store the entries of one relay are. Its name goes into subjects and keys.
type Series struct {
	Host string // the machine's name, as messages have it
	ID   string // of the relay's series, 32 random hexadecimal digits
}

// StoreOptions are those of stores alone. Each kind of store has its own.
type StoreOptions struct {
	Series     Series
	MaxMessage int // the longest message, in bytes without framing
	NATS       NATSOptions
	S3         S3Options
}

// NATSOptions say which stream of NATS JetStream entries go to.
type NATSOptions struct {
	Stream      string // its name
	Subject     string // entries have the subject SUBJECT.HOST.ID
	Credentials string // path of a file of credentials; empty: none
}

// S3Options say how objects are written to a store that speaks S3.
type S3Options struct {
	Endpoint   string // URL; empty: that of the region
	Region     string // empty: from the environment
	PathStyle  bool   // the bucket is in the path of requests, not in the name of the host
	Governance bool   // the lock is GOVERNANCE, not COMPLIANCE
	LockDays   int    // how long an object is locked
}

// Place is where in a store the entries are: how the store, and what entries are named in it, are called. Another server of
// the same cluster is the same place.
func (o *StoreOptions) Place(s Server) string {
	if s.Scheme == "s3" {
		return fmt.Sprint(s, " ", o.S3.Endpoint, " ", o.Series.Host)
	}
	return fmt.Sprint(o.NATS.Stream, " ", o.NATS.Subject, " ", o.Series.Host)
}

// Kind is one kind of store. Its package imports this one, and a program that has it calls Add.
type Kind struct {
	Schemes []string
	// New returns the transport to a server; its sessions are Stores. It connects to nothing, and is wrong about
	// what options cannot be used.
	New func(Server, Options) (Transport, error)
	// Examine reads how a store is set up, and says what about that is not good for evidence, and how
	// it is mended. It changes nothing. An error: it could not be found out.
	Examine func(context.Context, Server, Options) ([]string, error)
	// Fetch reads entries back, of all series, and writes them below a directory as files of messages of RFC 5424, a line
	// each, a file for each series, packed or not. It returns what is there that nobody should have been able to do.
	Fetch func(context.Context, Server, Options, Fetch) ([]Oddity, error)
}

// Fetch says what is read back from a store.
type Fetch struct {
	Dir      string    // where files are written
	From, To time.Time // of when lines came in, about: entries may be left out that have none of this time; zero: without a limit
	Hosts    []string  // of series; empty: all
}

// Oddity is something in a store that shows that somebody has changed what it kept.
type Oddity struct {
	Where string // the object's key, or subject and number
	What  string // a sentence's end: "has a second version …"
}

// kinds are those that the program has, by scheme.
var kinds = map[string]*Kind{}

// Add makes a kind of store known. It is called at the begin of main, before anything else of this package.
func Add(k *Kind) {
	for _, scheme := range k.Schemes {
		kinds[scheme] = k
	}
}

// KindOf is the kind of store that a scheme stands for.
func KindOf(scheme string) (*Kind, error) {
	if k := kinds[scheme]; k != nil {
		return k, nil
	}
	if IsStore(scheme) {
		return nil, fmt.Errorf("%s:// takes the program httpd_syslogd_stores, and this process is another one: restart the service if it began without a relay to a store; otherwise that program is missing beside httpd_syslogd, or cannot be started", scheme)
	}
	return nil, fmt.Errorf("%s://: no such transport", scheme)
}

// NamesStore reports whether a text is the URL of a store, as somebody has written it.
func NamesStore(text string) bool {
	scheme, _, is := strings.Cut(text, "://")
	return is && IsStore(strings.ToLower(scheme))
}

// absent is the transport to a store of a kind that the program does not have: lines wait.
type absent struct {
	server Server
	err    error
}

func (t absent) Dial(context.Context) (Session, error) { return nil, t.err }
func (t absent) Rewinds() bool                         { return true }
func (t absent) BatchSize() int                        { return streamBatch }
func (t absent) String() string                        { return t.server.String() }

// IsStore reports whether a scheme is one of stores, whether or not the program has that.
func IsStore(scheme string) bool { return scheme == "nats" || scheme == "nats+tls" || scheme == "s3" }
