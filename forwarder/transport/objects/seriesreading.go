package objects

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/klauspost/compress/gzip"

	"httpd-syslog/forwarder/transport/objects/form"
)

const (
	// early is by how much the clocks of a store and of those who write to it may differ where objects are left out.
	early = time.Hour
	// late is how much later than asked for an object's messages have to be before it is left out.
	late = 24 * time.Hour
)

// seriesReading goes through the objects of one series in the order of their numbers.
type seriesReading struct {
	*reading
	series form.Series
	number int64  // of the object before
	mark   []byte // of the one that was read before; nil: none was
	file   *os.File
	packed *gzip.Writer
	broken bool // the last line that was written has no end
}

func newSeriesReading(r *reading, of form.Series) *seriesReading {
	return &seriesReading{reading: r, series: of}
}

// take looks at what the store has of a number.
func (s *seriesReading) take(ctx context.Context, n *name, number int64) error {
	s.followNumber(n, number)
	s.number = number
	if n.versions == 0 {
		s.odd.tell(n.key, "has a mark of %s that it is deleted, and no version any more", stamp(*n.deleted))
		return nil
	}
	if n.versions > 1 {
		s.odd.tell(n.key, "has %d versions, the last of %s: somebody has written over it; the first one, of %s, was read", n.versions, stamp(n.newest), stamp(aws.ToTime(n.first.LastModified)))
	}
	if n.deleted != nil && s.wasLocked(n, *n.deleted) {
		s.odd.tell(n.key, "has a mark of %s that it is deleted: somebody has deleted it; its first version, of %s, was read", stamp(*n.deleted), stamp(aws.ToTime(n.first.LastModified)))
	}
	if at := aws.ToTime(n.first.LastModified); !s.fetch.From.IsZero() && at.Add(early).Before(s.fetch.From) {
		s.mark = nil
		return nil
	}
	return s.read(ctx, n)
}

// wasLocked reports whether the first version of an object should have had its lock at a time. What a lifecycle rule does
// afterwards is in order.
func (s *seriesReading) wasLocked(n *name, at time.Time) bool {
	return at.Before(aws.ToTime(n.first.LastModified).AddDate(0, 0, s.bucket.options.Store.S3.LockDays))
}

// followNumber tells of numbers that are missing. Those before the first may have gone when their lock had ended, unless
// the object behind them is young: what a deliverer writes each hour came not long before that.
func (s *seriesReading) followNumber(n *name, number int64) {
	if number == s.number+1 {
		return
	}
	if s.number == 0 && n.versions > 0 {
		at, days := aws.ToTime(n.first.LastModified), s.bucket.options.Store.S3.LockDays
		if at.AddDate(0, 0, days-min(2, (days+1)/2)).Before(time.Now()) {
			return
		}
	}
	s.odd.tell(s.series.Key(s.bucket.prefix, s.number+1), "is missing, with all up to number %d: the next that is there is number %d", number-1, number)
}

// stamp is a time as oddities have it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Write writes lines to the file of the series, which it makes when there are some.
func (s *seriesReading) Write(b []byte) (int, error) {
	if s.file == nil {
		f, err := os.OpenFile(filepath.Join(s.fetch.Dir, s.series.Host+"."+s.series.ID+form.Extension), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return 0, err
		}
		s.file = f
		if s.packed, err = gzip.NewWriterLevel(f, gzip.BestSpeed); err != nil {
			return 0, err
		}
	}
	if len(b) > 0 {
		s.broken = b[len(b)-1] != '\n'
	}
	return s.packed.Write(b)
}

// endLine ends a line of an object that is not whole.
func (s *seriesReading) endLine() error {
	if !s.broken {
		return nil
	}
	_, err := s.Write([]byte{'\n'})
	return err
}

func (s *seriesReading) end() error {
	if s.file == nil {
		return nil
	}
	err := errors.Join(s.packed.Close(), s.file.Close())
	s.file = nil
	return err
}

// followMark tells of a mark that comes again: each object ends elsewhere than the one before.
func (s *seriesReading) followMark(key string, mark []byte) {
	if s.mark != nil && bytes.Equal(mark, s.mark) {
		s.odd.tell(key, "has the same mark as the object before it: what is in it may be there twice")
	}
	s.mark = bytes.Clone(mark)
}

// isLater reports whether messages at the beginning of an object are all from long after what is asked for.
func (s *seriesReading) isLater(n *name, block []byte) bool {
	if s.fetch.To.IsZero() || !aws.ToTime(n.first.LastModified).After(s.fetch.To) {
		return false
	}
	first := earliest(block)
	return !first.IsZero() && first.After(s.fetch.To.Add(late))
}

// earliest is the earliest time that a message of RFC 5424 has among whole lines; zero: none has one.
func earliest(block []byte) (first time.Time) {
	for len(block) > 0 {
		line, rest, whole := bytes.Cut(block, []byte{'\n'})
		if !whole {
			return first
		}
		block = rest
		_, line, _ = bytes.Cut(line, []byte{' '})
		text, _, _ := bytes.Cut(line, []byte{' '})
		if at, err := time.Parse(time.RFC3339Nano, string(text)); err == nil && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}
