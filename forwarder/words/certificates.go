package words

import (
	"fmt"
	"strings"
	"time"

	"httpd-syslog/forwarder/status"
)

// soon is how long before its end a certificate is somebody's business.
const soon = 14 * 24 * time.Hour

// DaysLeft are the whole days until then; negative: it is over.
func DaysLeft(until, now time.Time) int {
	const day = 24 * time.Hour
	d := until.Sub(now)
	if d < 0 {
		return int((d - day + 1) / day)
	}
	return int(d / day)
}

// certificates finds those of a listener, and of its clients, that expire soon.
func certificates(l *status.Listener, now time.Time) (all []Finding) {
	if !l.Until.IsZero() && l.Until.Sub(now) < soon {
		all = append(all, Finding{Level: Warning, What: "the certificate of " + Visible(l.URL) + " " + expires(l.Until, now), Detail: "clients turn away then; renew it"})
	}
	var names []string
	for i := range l.Clients {
		if c := &l.Clients[i]; c.Until.Sub(now) < soon {
			names = append(names, fmt.Sprintf("%s %s", Visible(c.Name), expires(c.Until, now)))
		}
	}
	const most = 5
	if len(names) > most {
		names = append(names[:most], "…")
	}
	if len(names) > 0 {
		all = append(all, Finding{Level: Warning, What: "certificates of clients of " + Visible(l.URL) + " expire soon", Detail: strings.Join(names, ", ")})
	}
	return all
}

// expires says when a certificate expires, or that it has.
func expires(until, now time.Time) string {
	switch n := DaysLeft(until, now); {
	case n < 0:
		return "has expired"
	case n == 1:
		return "expires in 1 day"
	default:
		return fmt.Sprintf("expires in %d days", n)
	}
}

// CertificateOf is when the certificate of a sender expires, as far as the listeners tell: they name those that
// expire first.
func CertificateOf(st *status.Status, sender string) (until time.Time, known bool) {
	for i := range st.Listeners {
		for _, c := range st.Listeners[i].Clients {
			if strings.EqualFold(c.Name, sender) && (!known || c.Until.Before(until)) {
				until, known = c.Until, true
			}
		}
	}
	return until, known
}
