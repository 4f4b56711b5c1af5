package status

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/statedir"
)

// Path is the file in which the deliverer tells how it is doing.
func Path(stateDir statedir.Dir) string { return filepath.Join(string(stateDir), "status") }

// former is the file with the last status of the deliverer before.
func former(stateDir statedir.Dir) string { return Path(stateDir) + ".before" }

// Retire renames the file of the deliverer before, so that nobody takes it for this deliverer's. A
// rename works on a full disk.
func Retire(stateDir statedir.Dir) { _ = os.Rename(Path(stateDir), former(stateDir)) }

// Writer puts what only the deliverer knows where others can read it. The zero value is ready.
// Not for concurrent use.
type Writer struct {
	written []byte // the status that was written last, without its time
	rates   map[string]*rate
}

// rate is how fast a count grows, over the last rateTicks looks.
type rate struct {
	counts []uint64 // the last ones, in order
	times  []time.Time
}

// rateTicks is how many looks a rate is over: about ten seconds.
const rateTicks = 10

// next adds a count, and returns how much the count grows in a second.
func (r *rate) next(count uint64, now time.Time) float64 {
	r.counts, r.times = append(r.counts, count), append(r.times, now)
	if len(r.counts) > rateTicks+1 {
		r.counts, r.times = r.counts[1:], r.times[1:]
	}
	seconds := now.Sub(r.times[0]).Seconds()
	if seconds <= 0 || count < r.counts[0] {
		return 0
	}
	return float64(count-r.counts[0]) / seconds
}

// Rate adds the present count of that name, and returns how much it grows in a second, over the last
// rateTicks calls.
func (w *Writer) Rate(name string, count uint64, now time.Time) float64 {
	if w.rates == nil {
		w.rates = make(map[string]*rate)
	}
	r := w.rates[name]
	if r == nil {
		r = &rate{}
		w.rates[name] = r
	}
	return r.next(count, now)
}

// Write writes a status if anything but its time has changed. fs.ErrNotExist: the state directory is
// gone.
func (w *Writer) Write(s Status) error {
	s.Time = time.Time{}
	b, err := json.Marshal(&s)
	if err != nil || bytes.Equal(b, w.written) {
		return err
	}
	err = record.Write(Path(s.StateDir), &s, false)
	if err == nil {
		w.written = b
		keepRoom(s.StateDir)
	}
	return err
}

// keepRoom turns the file of the former status into the one that the next status is written to, if
// there is none: on a full disk only a file that is there already can be written.
func keepRoom(stateDir statedir.Dir) {
	next := Path(stateDir) + ".new"
	if _, err := os.Lstat(next); errors.Is(err, fs.ErrNotExist) {
		_ = os.Rename(former(stateDir), next)
	}
}

// Told is the most that anybody was told of a relay's count.
func Told(stateDir statedir.Dir, relay string) (most cursor.RelayCount) {
	for _, path := range []string{Path(stateDir), former(stateDir)} {
		var s Status
		_ = record.Read(path, &s) // without one, nobody was told
		for i := range s.Relays {
			if s.Relays[i].Name == relay {
				most = most.AtLeast(s.Relays[i].Count())
			}
		}
	}
	return most
}
