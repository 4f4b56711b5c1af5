package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/transport"
)

// readerName is what permissions for answers to whoever reads back go by: _INBOX.verify.
const readerName = "verify"

// fetch reads entries back from the stream's leader, one series at a time and one entry at a time.
func fetch(ctx context.Context, server transport.Server, o transport.Options, f transport.Fetch) ([]transport.Oddity, error) {
	if err := check(&o); err != nil {
		return nil, err
	}
	connecting, cancel := context.WithTimeout(ctx, o.ConnectTimeout)
	defer cancel()
	l, err := connect(connecting, server, &o, readerName)
	if err != nil {
		return nil, err
	}
	defer l.close()
	r := &reading{link: l, stream: o.Store.NATS.Stream, prefix: o.Store.NATS.Subject, fetch: f}
	if err := r.readAll(ctx); err != nil {
		return r.odd.all, transport.At(l.wire.RemoteAddr(), r.explain(err))
	}
	return r.odd.all, nil
}

// reading reads entries back.
type reading struct {
	*link
	stream, prefix string
	fetch          transport.Fetch
	start          uint64 // number of the first entry that is read
	odd            oddities
	line           []byte
}

func (r *reading) explain(err error) error {
	if denied, is := errors.AsType[*deniedError](err); is {
		return fmt.Errorf("entries of the stream %s cannot be read back: permit our user to %s, or name with --config a configuration with other credentials: those of a web server should not do", r.stream, denied.what())
	}
	if errors.Is(err, errNobody) {
		return errNoJetStream
	}
	return err
}

func (r *reading) readAll(ctx context.Context) error {
	i, err := r.streamInfo(ctx, r.stream, infoRequest{})
	if err != nil {
		return err
	}
	r.judge(i)
	if r.start, err = r.findStart(ctx, &i.State); err != nil {
		return err
	}
	subjects, err := r.subjects(ctx)
	if err != nil {
		return err
	}
	for _, subject := range subjects {
		host, id, ours := strings.Cut(strings.TrimPrefix(subject, r.prefix+"."), ".")
		if !ours || token(host) != host || token(id) != id || len(host)+len(id) > mostName {
			r.odd.tell(shown(subject), "is no subject of a series: its entries were not read")
			continue
		}
		if err := r.readSeries(ctx, subject, host+"."+id+".log.gz"); err != nil {
			return err
		}
	}
	return nil
}

// mostName is how long host and ID may be together, so that they can be the name of a file.
const mostName = 200

// judge tells what the stream itself shows of entries that have gone.
func (r *reading) judge(i *streamInfo) {
	if n := i.State.Deleted; n > 0 {
		r.odd.tell("stream "+r.stream, "lacks %d entries between its first and its last: somebody has deleted them, or a limit of entries by subject has", n)
	}
	c := &i.Config
	forGood := c.MaxAge == 0 && (c.Discard == "new" || c.MaxBytes <= 0 && c.MaxMsgs <= 0)
	if forGood && i.State.FirstSeq > max(1, c.FirstSeq) {
		r.odd.tell("stream "+r.stream, "keeps entries for good, and begins with number %d: what was before was removed", i.State.FirstSeq)
	}
}

// subjects are those below the prefix, in their order, of the hosts that are asked for.
func (r *reading) subjects(ctx context.Context) (all []string, err error) {
	hosts := map[string]bool{}
	for _, h := range r.fetch.Hosts {
		hosts[token(h)] = true
	}
	for offset, total := 0, 1; offset < total; {
		i, err := r.streamInfo(ctx, r.stream, infoRequest{Filter: r.prefix + ".>", Offset: offset})
		if err != nil {
			return nil, err
		}
		if len(i.State.Subjects) == 0 {
			break
		}
		for subject := range i.State.Subjects {
			host, _, _ := strings.Cut(strings.TrimPrefix(subject, r.prefix+"."), ".")
			if strings.HasPrefix(subject, r.prefix+".") && (len(hosts) == 0 || hosts[host]) {
				all = append(all, subject)
			}
		}
		offset, total = offset+len(i.State.Subjects), i.Total
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// clockSlack is by how much the clocks of servers and web servers may differ.
const clockSlack = time.Hour

// findStart is the number of an entry before which there is none that has lines from From on: an entry is there after
// its lines.
func (r *reading) findStart(ctx context.Context, s *streamState) (uint64, error) {
	if r.fetch.From.IsZero() {
		return s.FirstSeq, nil
	}
	low, high := s.FirstSeq, s.LastSeq+1
	for low < high {
		middle := low + (high-low)/2
		e, err := r.get(ctx, r.stream, getRequest{Seq: middle, NextFor: r.prefix + ".>"})
		switch {
		case err != nil:
			return 0, err
		case e.seq == 0 || !e.at.Before(r.fetch.From.Add(-clockSlack)):
			high = middle
		default:
			low = e.seq + 1
		}
	}
	return low, nil
}

// oddities are those that were told, a bounded number.
type oddities struct{ all []transport.Oddity }

const mostOddities = 1000

func (o *oddities) tell(where, format string, args ...any) {
	switch n := len(o.all); {
	case n < mostOddities:
		o.all = append(o.all, transport.Oddity{Where: where, What: fmt.Sprintf(format, args...)})
	case n == mostOddities:
		o.all = append(o.all, transport.Oddity{Where: "there", What: "is more of that kind, which is not told"})
	}
}

// shown is a subject that somebody else may have made, so that it does nothing to a terminal.
func shown(subject string) string {
	if strings.ContainsFunc(subject, func(r rune) bool { return r <= ' ' || r >= 0x7f }) || len(subject) > mostText {
		return quoted(subject)
	}
	return subject
}
