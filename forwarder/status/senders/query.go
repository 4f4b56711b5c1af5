package senders

import (
	"cmp"
	"slices"
	"strings"

	"httpd-syslog/forwarder/status"
)

// Order is by what senders are ordered; those that are equal, by their names.
type Order string

// The orders. Worst is the default.
const (
	Worst    Order = "worst"
	Name     Order = "name"
	Last     Order = "last" // the one that is unheard of for longest first
	Rate     Order = "rate"
	Delay    Order = "delay"
	Missing  Order = "missing"
	Repeated Order = "repeated"
)

// Orders are all of them.
var Orders = []Order{Worst, Name, Last, Rate, Delay, Missing, Repeated}

var orders = map[Order]func(a, b status.Sender) int{
	Worst:    status.Worse,
	Name:     func(_, _ status.Sender) int { return 0 },
	Last:     func(a, b status.Sender) int { return a.Last.Compare(b.Last) },
	Rate:     func(a, b status.Sender) int { return cmp.Compare(b.Rate, a.Rate) },
	Delay:    func(a, b status.Sender) int { return cmp.Compare(b.Delay, a.Delay) },
	Missing:  func(a, b status.Sender) int { return cmp.Compare(b.Missing, a.Missing) },
	Repeated: func(a, b status.Sender) int { return cmp.Compare(b.Repeated, a.Repeated) },
}

// Query says which senders somebody wants to see.
type Query struct {
	Text  string // in their names, in any case; empty: all
	Order Order  // another one than there is: Worst
	Page  int    // from 1
	Size  int    // of a page; 0: one has all
}

// Selection is a page of those that a Query finds.
type Selection struct {
	Senders     []status.Sender
	Found, All  int
	Page, Pages int // the page is one that there is
}

// Select finds senders. It leaves all as it is.
func Select(all []status.Sender, q Query) Selection {
	found := make([]status.Sender, 0, len(all))
	text := strings.ToLower(q.Text)
	for i := range all {
		if strings.Contains(strings.ToLower(all[i].Name), text) {
			found = append(found, all[i])
		}
	}
	by := orders[q.Order]
	if by == nil {
		by = status.Worse
	}
	slices.SortFunc(found, func(a, b status.Sender) int { return cmp.Or(by(a, b), cmp.Compare(a.Name, b.Name)) })
	s := Selection{Found: len(found), All: len(all), Page: 1, Pages: 1}
	if q.Size > 0 {
		s.Pages = max(1, (len(found)+q.Size-1)/q.Size)
		s.Page = min(max(1, q.Page), s.Pages)
		found = found[(s.Page-1)*q.Size:]
		found = found[:min(q.Size, len(found))]
	}
	s.Senders = found
	return s
}
