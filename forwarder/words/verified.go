package words

import (
	"fmt"

	"httpd-syslog/forwarder/status"
)

// Verified is what came of the last daily check of the local files; empty: there was none.
func Verified(st *status.Status) string {
	v := st.Verified
	if v == nil {
		return ""
	}
	text := Visible(v.Result)
	if v.Exit != 0 && !v.Good.IsZero() {
		text += fmt.Sprintf("; the last run that found nothing was %s ago", Age(st.Time.Sub(v.Good)))
	}
	return fmt.Sprintf("%s ago: %s", Age(st.Time.Sub(v.At)), text)
}

// verified is the finding that the local files are not as they were sealed, or that this is not known.
func verified(st *status.Status) []Finding {
	v := st.Verified
	switch {
	case v == nil || v.Exit == 0:
		return nil
	case v.Findings > 0:
		return []Finding{{Level: Failing, What: "local files are not as they were sealed",
			Detail: fmt.Sprintf("%s findings %s ago; httpd_syslog verify tells all of them", Count(v.Findings), Age(st.Time.Sub(v.At)))}}
	}
	return []Finding{{Level: Warning, What: "not all local files could be checked",
		Detail: fmt.Sprintf("%s ago; httpd_syslog verify says which", Age(st.Time.Sub(v.At)))}}
}
