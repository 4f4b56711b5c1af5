package objects

import (
	"bytes"
	"testing"

	"httpd-syslog/forwarder/testbed/s3bed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/objects/form"
	"httpd-syslog/forwarder/transport/storetest"
)

// TestContract holds the store to what all stores promise.
func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Peer {
		store := s3bed.New(t)
		return storetest.Peer{
			Transport: func(t *testing.T, series transport.Series) transport.Transport {
				o := s3bed.Options(store.Endpoint())
				o.Store.Series = series
				tr, err := New(s3bed.Server("logs"), o)
				if err != nil {
					t.Fatal(err)
				}
				return tr
			},
			Entries:    func(t *testing.T, series transport.Series) []storetest.Entry { return entriesOf(t, store, series) },
			MaxMessage: s3bed.Options("").Store.MaxMessage,
			Stop:       store.Stop,
			Continue:   store.Continue,
			Kill:       func(*testing.T) { store.Kill() },
			Start:      store.Start,
		}
	})
}

// entriesOf are the objects of a series, which must be numbered from 1 without a gap.
func entriesOf(t *testing.T, store *s3bed.Store, of transport.Series) (all []storetest.Entry) {
	t.Helper()
	s, err := form.SeriesOf(of)
	if err != nil {
		t.Fatal(err)
	}
	number := int64(0)
	for _, key := range keys(t, store) {
		other, n, ok := form.ParseKey("logs", key)
		if !ok {
			t.Errorf("the key %q is none of ours", key)
		}
		if other != s {
			continue
		}
		if number++; n != number {
			t.Errorf("%s is number %d", key, number)
		}
		text, mark, _ := content(t, store, key)
		all = append(all, storetest.Entry{Mark: []byte(mark), Messages: bytes.Split(bytes.TrimSuffix([]byte(text), []byte("\n")), []byte("\n"))})
	}
	return all
}
