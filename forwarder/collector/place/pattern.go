package place

import (
	"time"

	"httpd-syslog/forwarder/collector/pattern"
)

// Place is what a pattern is filled in with.
type Place struct {
	Sender      string // a safe name
	Host, MsgID []byte // as the message has them
	Day         Day
	Rest        bool // it is the place of all other hosts and kinds of the sender
}

// Other is the name of all that is beyond a bound: no safe name begins so.
const Other = "_other"

// Append appends the path of a place, below the directory.
func (at *Place) Append(dst []byte, p *pattern.Pattern) []byte {
	for i := range p.Pieces {
		dst = append(dst, p.Pieces[i].Literal...)
		switch field := p.Pieces[i].Field; {
		case field == pattern.Sender:
			dst = append(dst, at.Sender...)
		case at.Rest && (field == pattern.Host || field == pattern.MsgID):
			dst = append(dst, Other...)
		case field == pattern.Host:
			dst = AppendName(dst, at.Host)
		case field == pattern.MsgID:
			dst = AppendName(dst, at.MsgID)
		case field == pattern.Date:
			dst = at.Day.Append(dst)
		}
	}
	return dst
}

// Day is a day of UTC: days since 1970-01-01.
type Day int32

const secondsADay = 24 * 60 * 60

// DayOf is the day of a time.
func DayOf(t time.Time) Day {
	s := t.Unix()
	d := s / secondsADay
	if s%secondsADay < 0 {
		d--
	}
	return Day(d)
}

// Begin is when the day begins.
func (d Day) Begin() time.Time { return time.Unix(int64(d)*secondsADay, 0).UTC() }

// Append appends the day as 2006-01-02.
func (d Day) Append(dst []byte) []byte { return d.Begin().AppendFormat(dst, time.DateOnly) }

// String is the day as 2006-01-02.
func (d Day) String() string { return string(d.Append(nil)) }

// DayIn finds the day in a path that the pattern was filled in to; false: it was not.
func DayIn(name string, p *pattern.Pattern) (Day, bool) {
	behind := p.Behind()
	end := len(name) - len(behind)
	if end < len(time.DateOnly) || name[end:] != behind {
		return 0, false
	}
	t, err := time.Parse(time.DateOnly, name[end-len(time.DateOnly):end])
	return DayOf(t), err == nil
}
