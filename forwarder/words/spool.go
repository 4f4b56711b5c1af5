package words

import (
	"fmt"
	"strings"

	"httpd-syslog/forwarder/status"
)

// spool are the findings about the spool: it cannot be written, or lines of it cannot be read.
func spool(st *status.Status) (all []Finding) {
	s := &st.Spool
	if s.Unwritable {
		all = append(all, Finding{Level: Failing, What: "lines cannot be written to the spool",
			Detail: "they wait in the memory of who takes them in, and those that it does not hold are dropped, or the web server waits; " + whyUnwritable(st)})
	}
	if s.Unread > 0 {
		all = append(all, Finding{Level: Failing, What: "files of the spool cannot be read", Held: true,
			Detail: fmt.Sprintf("%s, whose lines are not known: %s", Count(uint64(s.Unread)), Visible(s.ReadError))})
	}
	if len(s.Strange) > 0 {
		all = append(all, Finding{Level: Warning, What: "lines of a stream wait that the configuration does not have",
			Detail: Visible(strings.Join(s.Strange, ", ")) + "; add a [[stream]] of that name, or correct --stream"})
	}
	if s.Damage.New {
		all = append(all, Finding{Level: Warning, What: "parts of the spool were damaged, and passed over",
			Detail: fmt.Sprintf("%s in %s places so far, the last at %s; what is left of them is in %s/damaged; httpd_syslog status --acknowledge, when somebody has seen to it",
				Size(int64(s.Damage.Bytes)), Count(s.Damage.Places), Clock(s.Damage.Last, st.Time), Visible(string(st.StateDir)))})
	}
	for _, d := range []struct {
		of   string
		disk status.Disk
	}{{"the state directory", s.Disk}, {"the local log", st.Local.Disk}} {
		if NearlyFull(d.disk) && (d.of == "the state directory" || d.disk != s.Disk) {
			all = append(all, Finding{Level: Warning, What: "the disk of " + d.of + " is nearly full",
				Detail: fmt.Sprintf("%s of %s are left; what is delivered is freed at once, and the local log leaves out what every server has", Size(d.disk.Free), Size(d.disk.Size))})
		}
	}
	return all
}

// whyUnwritable is the reason why the spool cannot be written, as far as the status shows one.
func whyUnwritable(st *status.Status) string {
	s := &st.Spool
	switch {
	case s.Max > 0 && s.Bytes >= s.Max:
		return fmt.Sprintf("the spool is at its max_size, %s", Size(s.Max))
	case NearlyFull(s.Disk):
		return fmt.Sprintf("the disk has %s left", Size(s.Disk.Free))
	}
	return "see that the user who logs may write to " + Visible(string(st.StateDir)) + "/spool, and that its disk works (dmesg)"
}

// NearlyFull reports whether so little is left of a disk that the local log gives way.
func NearlyFull(d status.Disk) bool {
	const enough = 64 << 20
	return d.Size > 0 && d.Free < enough && d.Free < d.Size/8
}

// troubles are the findings for troubles that no other finding tells of.
func troubles(st *status.Status) (all []Finding) {
	for _, t := range st.Troubles {
		if strings.Contains(st.Local.Error, t.Error) || strings.Contains(st.Local.Rotated.Error, t.Error) {
			continue
		}
		all = append(all, Finding{Level: Warning, What: Visible(t.What),
			Detail: Visible(t.Error) + "; since " + Clock(t.Since, st.Time)})
	}
	return all
}
