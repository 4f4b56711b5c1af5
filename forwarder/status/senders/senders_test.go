package senders

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/changes"
	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
)

// keeps is a collector's record, without a collector.
type keeps struct {
	t    *testing.T
	dir  statedir.Dir
	book *numbers.Book
	log  *changes.Log
}

func newKeeps(t *testing.T) *keeps {
	t.Helper()
	k := &keeps{t: t, dir: statedir.Dir(t.TempDir()), book: numbers.New(numbers.Options{}, time.Now())}
	if err := k.dir.Make(); err != nil {
		t.Fatal(err)
	}
	k.log = changes.New(k.dir.Changes(), cursor.Changes{}, false)
	t.Cleanup(k.log.Close)
	return k
}

func (k *keeps) record() {
	k.t.Helper()
	whole := k.log.WantsWhole()
	at, err := k.log.Write(whole, changes.Part{Kind: changes.Numbers, Payload: k.book.Append(nil, whole)}, changes.Part{Kind: changes.Sizes})
	if err == nil {
		err = record.Write(k.dir.Cursor(statedir.CollectCursor), cursor.Record{Collected: &cursor.Collected{Changes: at}}, false)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	k.log.Named()
	k.log.Durable()
	k.book.Recorded()
}

// TestAll: what the collector has recorded is what is read, also where it goes on meanwhile.
func TestAll(t *testing.T) {
	k := newKeeps(t)
	r := NewReader(k.dir)
	if all, err := r.All(); len(all) > 0 || err != nil {
		t.Errorf("before a record: %v, %v", all, err)
	}
	for n := range 200 {
		s := k.book.Sender(fmt.Sprint("web", n%150))
		s.Take(numbers.Row{Writer: 1}, uint64(n), time.Now())
		s.Heard(1, time.Now(), 2*time.Second)
		k.record()
		all, err := r.All()
		if err != nil || len(all) != min(n+1, 150) {
			t.Fatalf("after %d records: %d senders, %v", n+1, len(all), err)
		}
	}
	all, _ := r.All()
	i := slices.IndexFunc(all, func(s status.Sender) bool { return s.Name == "web7" })
	if s := all[i]; s.Messages != 2 || s.Delay != 2*time.Second || s.Last.IsZero() {
		t.Errorf("%+v", s)
	}
	for _, n := range "01" {
		if err := os.RemoveAll(k.dir.Changes() + "." + string(n)); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := NewReader(k.dir).All(); err == nil {
		t.Errorf("without its file: %d senders", len(all))
	}
}

// TestSelect: found by a part of the name, in each order, page by page.
func TestSelect(t *testing.T) {
	at := time.Unix(1e9, 0)
	count := func(missing, repeated uint64) status.SenderCounts {
		return status.SenderCounts{Missing: missing, Repeated: repeated}
	}
	all := []status.Sender{
		{Name: "web1", Last: at, Rate: 5, Delay: 3, SenderCounts: count(0, 9)},
		{Name: "web2", Last: at.Add(1), Rate: 9, Delay: 1, Silent: true, SenderCounts: count(0, 1)},
		{Name: "db1", Last: at.Add(2), Rate: 7, Delay: 2, SenderCounts: count(4, 0)},
		{Name: "db2", Last: at.Add(3), Rate: 7, Delay: 0, SenderCounts: count(0, 0)},
	}
	for _, tt := range []struct {
		q    Query
		want string
	}{
		{Query{}, "[db1 web2 web1 db2] 4 1/1"},
		{Query{Order: "nonsense"}, "[db1 web2 web1 db2] 4 1/1"},
		{Query{Order: Name}, "[db1 db2 web1 web2] 4 1/1"},
		{Query{Order: Last}, "[web1 web2 db1 db2] 4 1/1"},
		{Query{Order: Rate}, "[web2 db1 db2 web1] 4 1/1"},
		{Query{Order: Delay}, "[web1 db1 web2 db2] 4 1/1"},
		{Query{Order: Missing}, "[db1 db2 web1 web2] 4 1/1"},
		{Query{Order: Repeated}, "[web1 web2 db1 db2] 4 1/1"},
		{Query{Text: "WEB", Order: Name}, "[web1 web2] 2 1/1"},
		{Query{Text: "none"}, "[] 0 1/1"},
		{Query{Order: Name, Size: 3}, "[db1 db2 web1] 4 1/2"},
		{Query{Order: Name, Size: 3, Page: 2}, "[web2] 4 2/2"},
		{Query{Order: Name, Size: 3, Page: 99}, "[web2] 4 2/2"},
		{Query{Order: Name, Size: 2, Page: -5}, "[db1 db2] 4 1/2"},
	} {
		s := Select(all, tt.q)
		var names []string
		for _, one := range s.Senders {
			names = append(names, one.Name)
		}
		if got := fmt.Sprintf("%v %d %d/%d", names, s.Found, s.Page, s.Pages); got != tt.want || s.All != 4 {
			t.Errorf("%+v: %s, want %s", tt.q, got, tt.want)
		}
	}
	if all[0].Name != "web1" {
		t.Error("the senders are in another order now")
	}
}
