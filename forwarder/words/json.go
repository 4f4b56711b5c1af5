package words

import (
	"encoding/json"
	"io"

	"httpd-syslog/forwarder/status"
)

// WriteJSON writes a Status for programs. A list without elements is [], never null.
func WriteJSON(w io.Writer, st status.Status) error {
	st.Streams = orEmpty(st.Streams)
	st.Relays = orEmpty(st.Relays)
	st.Listeners = orEmpty(st.Listeners)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(st)
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
