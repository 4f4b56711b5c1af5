package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/status/senders"
	"httpd-syslog/forwarder/words"
)

const (
	// worstShown is how many senders the overview has, and pageSize how many a page of all.
	worstShown = 10
	pageSize   = 50
	// maxSearch is how many bytes of a search count.
	maxSearch = 100
)

// sendersView is a table of senders.
type sendersView struct {
	Caption string
	Columns []columnView
	Rows    []senderView
}

type columnView struct {
	Name, Href, Sort string
	Number, Here     bool
}

type senderView struct {
	Name, Last, Rate, Delay, Missing, Repeated, Messages, Certificate string
	Silent, IsMissing, Expires                                        bool
}

// searchView is what somebody looks for among all senders, and the way to more.
type searchView struct {
	Text, By     string
	Page, Pages  int
	Before, Next string
}

// columns are those of the table, and by what they order.
var columns = []struct {
	name string
	by   senders.Order
	sort string
}{
	{"Sender", senders.Name, "ascending"}, {"Last heard", senders.Last, "ascending"}, {"Messages/s", senders.Rate, "descending"},
	{"Delay", senders.Delay, "descending"}, {"Missing", senders.Missing, "descending"}, {"Repeated", senders.Repeated, "descending"},
	{"Messages", "", ""}, {"Certificate", "", ""},
}

// viewCollector shows what is collected, and the worst senders; nil: nothing is collected.
func viewCollector(st *status.Status) ([]fact, *sendersView) {
	c := st.Collect
	if c == nil {
		return nil, nil
	}
	facts := []fact{
		{"Senders", words.Count(uint64(c.Known)), words.Count(uint64(c.Silent)) + " silent"},
		{"Missing", words.Count(c.Missing), "numbers"},
		{"Came late", words.Count(c.Late), "numbers"},
		{"Explained", words.Count(c.Lost), "numbers"},
		{"Written", words.Count(c.Messages), "messages"},
		{"Not written again", words.Count(c.Repeated), ""},
		{"Waiting", words.Count(c.Backlog.Lines), "messages"},
	}
	if c.Error != "" {
		facts = append(facts, fact{"Not written", words.Visible(c.Error), ""})
	}
	some := c.Senders[:min(worstShown, len(c.Senders))]
	v := tableOf(st, some, nil)
	v.Caption = "The worst of them"
	if c.Known <= worstShown {
		v.Caption = "The worst first"
	}
	return facts, v
}

// tableOf is a table of senders. link: what a column's head leads to; nil: nowhere.
func tableOf(st *status.Status, some []status.Sender, link func(senders.Order) (href string, here bool)) *sendersView {
	v := &sendersView{}
	for i, c := range columns {
		head := columnView{Name: c.name, Number: i > 0, Sort: c.sort}
		if link != nil && c.by != "" {
			head.Href, head.Here = link(c.by)
		}
		v.Columns = append(v.Columns, head)
	}
	for i := range some {
		v.Rows = append(v.Rows, viewSender(st, &some[i]))
	}
	return v
}

func viewSender(st *status.Status, s *status.Sender) senderView {
	v := senderView{
		Name: words.Visible(s.Name), Last: "never", Rate: words.Rate(s.Rate), Delay: words.Delay(s.Delay),
		Missing: words.Count(s.Missing), Repeated: words.Count(s.Repeated), Messages: words.Count(s.Messages),
		Silent: s.Silent, IsMissing: s.Missing > 0, Certificate: "–",
	}
	if !s.Last.IsZero() {
		v.Last = words.Age(max(0, st.Time.Sub(s.Last))) + " ago"
	}
	if until, known := words.CertificateOf(st, s.Name); known {
		days := words.DaysLeft(until, st.Time)
		v.Certificate, v.Expires = fmt.Sprintf("%d days", days), days < 14
	}
	return v
}

// serveSenders answers with a page of all senders: those whose names somebody looks for, in an order.
func (s *Server) serveSenders(w http.ResponseWriter, r *http.Request) {
	st, err := s.reader.get(r.Context())
	v := s.view(st, err)
	if err != nil {
		show(w, v, err)
		return
	}
	if st.Collect == nil || s.o.Senders == nil {
		answer(w, http.StatusNotFound, "nothing is collected here: there are no senders")
		return
	}
	q := queryOf(r.URL.Query())
	v.Search, v.Senders = &searchView{Text: q.Text, By: string(q.Order), Page: 1, Pages: 1}, &sendersView{}
	all, err := s.o.Senders()
	if err != nil {
		v.Senders.Caption = "The senders cannot be read: " + words.Visible(err.Error())
		show(w, v, err)
		return
	}
	found := senders.Select(all, q)
	v.Senders = tableOf(st, found.Senders, func(by senders.Order) (string, bool) { return linkTo(q.Text, by, 1), by == q.Order })
	v.Senders.Caption = caption(&found)
	v.Search.Page, v.Search.Pages = found.Page, found.Pages
	if found.Page > 1 {
		v.Search.Before = linkTo(q.Text, q.Order, found.Page-1)
	}
	if found.Page < found.Pages {
		v.Search.Next = linkTo(q.Text, q.Order, found.Page+1)
	}
	show(w, v, nil)
}

func caption(found *senders.Selection) string {
	if found.Found == found.All {
		return words.Count(uint64(found.All)) + " senders"
	}
	return fmt.Sprintf("%s of %s senders", words.Count(uint64(found.Found)), words.Count(uint64(found.All)))
}

// queryOf is what an address asks for, within bounds.
func queryOf(from url.Values) senders.Query {
	text := from.Get("q")
	page, _ := strconv.Atoi(from.Get("page")) // anything else is the first one
	q := senders.Query{Text: text[:min(len(text), maxSearch)], Order: senders.Worst, Page: page, Size: pageSize}
	for _, o := range senders.Orders {
		if from.Get("by") == string(o) {
			q.Order = o
		}
	}
	return q
}

// linkTo is the address of a page, beside this one.
func linkTo(text string, by senders.Order, page int) string {
	v := url.Values{"by": {string(by)}}
	if text != "" {
		v.Set("q", text)
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return "senders?" + v.Encode()
}
