package words

import (
	"fmt"
	"time"

	"httpd-syslog/forwarder/status"
)

// sealsLate is from when on something that is not sealed is worth a finding. The alert rules wait as long.
const sealsLate = 10 * time.Minute

// isLate reports whether something has waited for its seal for too long, where one comes so often.
func isLate(age, every time.Duration) bool { return age >= max(sealsLate, 2*every) }

// Seals are how far the seals are; empty: none are made.
func Seals(st *status.Status) string {
	s := st.Local.Seals
	switch {
	case s == nil:
		return ""
	case s.N == 0:
		return "none yet"
	}
	text := fmt.Sprintf("seal %s, %s ago, of chain %s", Count(s.N), Age(st.Time.Sub(s.At)), Visible(s.Chain))
	if age := s.Age(st.Time); age > 0 {
		text += "; lines not sealed for " + Age(age)
	}
	return text
}

// CollectedSeals are how far the seals of a collector's files are.
func CollectedSeals(s *status.CollectSeals, now time.Time) string {
	text := "none yet"
	switch {
	case s.N > 0 && s.At.IsZero():
		text = fmt.Sprintf("seal %s of chain %s", Count(s.N), Visible(s.Chain))
	case s.N > 0:
		text = fmt.Sprintf("seal %s, %s ago, of chain %s", Count(s.N), Age(now.Sub(s.At)), Visible(s.Chain))
	}
	if s.Files > 0 {
		text += fmt.Sprintf("; %s of %s files not sealed for %s", Size(s.Bytes), Count(uint64(s.Files)), Age(s.Age(now)))
	}
	return text
}

// collectedSeals is the finding that collected files are not sealed.
func collectedSeals(st *status.Status) []Finding {
	s := st.Collect.Seals
	if s == nil || !st.Delivery.Running || !isLate(s.Age(st.Time), s.Every) {
		return nil
	}
	return []Finding{{Level: Warning, What: "files of [collect] are not sealed", Detail: fmt.Sprintf("%s of %s files for %s; the event collect.unsealed, or collect.unrecorded, says why",
		Size(s.Bytes), Count(uint64(s.Files)), Age(s.Age(st.Time)))}}
}

// seals is the finding that lines are not sealed.
func seals(st *status.Status) []Finding {
	s := st.Local.Seals
	if s == nil || !st.Delivery.Running || !isLate(s.Age(st.Time), s.Every) {
		return nil
	}
	return []Finding{{Level: Warning, What: "lines are not sealed",
		Detail: fmt.Sprintf("for %s; their seals come when the local log and its record can be written", Age(s.Age(st.Time)))}}
}
