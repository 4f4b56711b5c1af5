package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"httpd-syslog/forwarder/transport"
)

// leastAge is for how long lines must be kept (PCI DSS 10.5.1).
const leastAge = 365 * 24 * time.Hour

// examine reads how the stream is set up.
func examine(ctx context.Context, server transport.Server, o transport.Options) (findings []string, err error) {
	if err := check(&o); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.ConnectTimeout)
	defer cancel()
	l, err := connect(ctx, server, &o, token(o.Store.Series.Host))
	if err != nil {
		return nil, err
	}
	defer l.close()
	t := &natsTransport{server: server, options: o, subject: subjectOf(o.Store.NATS.Subject, o.Store.Series)}
	full, err := t.sizeOfFull(l.wire.info.MaxPayload)
	if err != nil {
		findings = append(findings, err.Error())
	}
	i, err := l.streamInfo(ctx, o.Store.NATS.Stream, infoRequest{})
	if err != nil {
		return findings, transport.At(l.wire.RemoteAddr(), explainExamine(err, o.Store.NATS.Stream))
	}
	return append(findings, i.judge(o.Store.NATS.Stream, t.subject, full+t.beside())...), nil
}

func explainExamine(err error, stream string) error {
	if denied, is := errors.AsType[*deniedError](err); is {
		return fmt.Errorf("how the stream %s is set up cannot be read: permit our user to %s, or look with nats stream info %s", stream, denied.what(), stream)
	}
	if errors.Is(err, errNobody) {
		return errNoJetStream
	}
	return err
}

// judge says what about a stream is not good for evidence: entries of size bytes at a subject.
func (i *streamInfo) judge(name, subject string, size int) []string {
	c := &i.Config
	edit := "nats stream edit " + name
	findings := findings{}
	findings.where(len(c.Mirror) > 0 && string(c.Mirror) != "null", "the stream %s is a mirror of another one, and takes nothing itself: name that other one in [relay.nats]", name)
	findings.where(c.Sealed, "the stream %s is sealed, and takes nothing any more: make another one", name)
	findings.where(!i.covers(subject), "the stream %s does not take the subject %s, but %s: %s --subjects=%s.>", name, subject, i.subjects(), edit, prefixOf(subject))
	findings.where(c.NoAck, "the stream %s acknowledges nothing, so that nothing counts as delivered: %s --ack", name, edit)
	findings.where(c.MaxMsgSize > 0 && c.MaxMsgSize < size, "the stream %s takes entries of %d bytes at most, and they have up to %d: %s --max-msg-size=-1", name, c.MaxMsgSize, size, edit)
	c.judgeKeeping(name, edit, &findings)
	c.judgeLimits(name, edit, &findings)
	i.judgeReplicas(name, edit, &findings)
	findings.where(true, "how often the servers sync what they have taken to their disks cannot be seen from here: every two minutes, unless sync_interval in the jetstream block of nats-server.conf says otherwise (http://SERVER:8222/jsz shows it where monitoring is on), and a power failure of most of them loses what they had acknowledged since then; set it to 10s, or to always")
	return findings
}

// findings are sentences.
type findings []string

func (f *findings) where(wrong bool, format string, args ...any) {
	if wrong {
		*f = append(*f, fmt.Sprintf(format, args...))
	}
}

// judgeKeeping is about what makes entries go.
func (c *keeping) judgeKeeping(name, edit string, f *findings) {
	f.where(!c.DenyDelete, "entries of the stream %s can be deleted one by one: %s --deny-delete (which cannot be taken back)", name, edit)
	f.where(!c.DenyPurge, "the stream %s can be purged: %s --deny-purge (which cannot be taken back)", name, edit)
	f.where(c.AllowRollup, "whoever writes to the stream %s can have what was there before removed (allow_rollup_hdrs): %s --no-allow-rollup", name, edit)
	f.where(c.AllowTTL, "whoever writes to the stream %s can have entries go before their time (allow_msg_ttl), which cannot be changed: make another one, without --allow-msg-ttl", name)
	f.where(c.MaxAge > 0 && c.MaxAge < leastAge, "the stream %s keeps entries for %v, and log lines must be kept for a year (PCI DSS 10.5.1): %s --max-age=400d, or 0 for good", name, c.MaxAge, edit)
	f.where(c.Retention != "" && c.Retention != "limits", "the stream %s keeps entries only until they are read (retention %s): make another one, with --retention=limits", name, shown(c.Retention))
	f.where(c.Storage == "memory", "the stream %s is in memory alone, which cannot be changed: make another one, with --storage=file", name)
	f.where(c.PersistMode == "async", "the stream %s acknowledges what it has not written yet (persist_mode async), which cannot be changed: make another one, without --persist-mode", name)
	f.where(!c.AllowDirect, "the stream %s does not allow that its last entry is read directly, so that a web server must be permitted to read all entries: %s --allow-direct", name, edit)
}

// judgeLimits is about limits at which the oldest entries go.
func (c *taking) judgeLimits(name, edit string, f *findings) {
	var limits []string
	if c.MaxBytes > 0 {
		limits = append(limits, "max_bytes")
	}
	if c.MaxMsgs > 0 {
		limits = append(limits, "max_msgs")
	}
	f.where(c.Discard != "new" && len(limits) > 0, "the stream %s drops its oldest entries when it is full (discard old, with %s): %s --discard=new", name, strings.Join(limits, " and "), edit)
	f.where(c.MaxMsgsPerSubject > 0 && !(c.Discard == "new" && c.DiscardNewPerSubject), "the stream %s drops the oldest entries of a subject that has more than %d (max_msgs_per_subject): %s --max-msgs-per-subject=-1", name, c.MaxMsgsPerSubject, edit)
}

// leastReplicas is how many it takes to lose one and go on.
const leastReplicas = 3

func (i *streamInfo) judgeReplicas(name, edit string, f *findings) {
	f.where(i.Config.Replicas < leastReplicas, "the stream %s has %d replica(s), and goes with the disk of one server: %s --replicas=3, in a cluster of at least three", name, i.Config.Replicas, edit)
	if i.Cluster == nil {
		return
	}
	for _, r := range i.Cluster.Replicas {
		f.where(r.Offline, "the replica of the stream %s on %s is offline: start that server, or give the stream another one (nats stream cluster peer-remove %s)", name, quoted(r.Name), name)
		f.where(!r.Offline && !r.Current, "the replica of the stream %s on %s is behind its leader: its log says why, where that lasts", name, quoted(r.Name))
	}
}
