package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/words"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string
)

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// contentPolicy allows the page's style and script by their hashes: both are the same in every answer.
var contentPolicy = fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; connect-src 'self'; img-src data:; "+
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'", hashOf(pageCSS), hashOf(pageJS))

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// servePage makes the whole page, also for the script that refreshes one.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	st, err := s.reader.get(r.Context())
	show(w, s.view(st, err), err)
}

// show answers with a page. err: its state could not be read.
func show(w http.ResponseWriter, v *view, err error) {
	status := http.StatusOK
	if err != nil {
		status = http.StatusServiceUnavailable
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, v); err != nil {
		answer(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // fails if the client has gone
}

// view is what the page's template shows: text, for the most part.
type view struct {
	CSS           template.CSS
	JS            template.JS
	Host, Version string
	Level         string // ok, waiting, warning, failing or unknown
	Word          string // the same for people
	What, Detail  string
	More          []furtherView
	At            moment
	Known         bool // there is a Status, and so all fields below
	Facts         []fact
	Spool         meter
	Local         consumerView
	Relays        []consumerView
	Streams       []streamView
	Listeners     []listenerView
	Collected     []fact
	Senders       *sendersView // nil: nothing is collected
	Search        *searchView  // of the page of all senders; nil: it is the overview
}

// furtherView is a finding besides the worst one.
type furtherView struct{ Level, Word, What, Detail string }

// moment is a time for people and for programs.
type moment struct{ Text, ISO string }

type fact struct{ Name, Text, Note string }

// meter is how full something is.
type meter struct {
	Text    string
	Percent int
	Known   bool
}

// consumerView is a relay, or the local log.
type consumerView struct {
	ID, Name, Where string
	Level, Word     string // as in view
	Since           string
	Error           string
	ErrorWord       string // what kind of error: of now, or the last one
	Backlog, Rate   plot
	Facts           []fact
}

type streamView struct {
	Name, Lines, Size, Local, Dropped, LeftOut string
	Cards                                      string // card numbers that were in its lines; empty: none
	Lost                                       bool
	Rate                                       plot
}

type listenerView struct {
	URL, Error, Messages, Refused, Connections, Odd string
}

func (s *Server) view(st *status.Status, err error) *view {
	v := &view{CSS: template.CSS(pageCSS), JS: template.JS(pageJS), Host: *s.host.Load(), Version: s.o.Version}
	if err != nil {
		v.Level, v.Word = "unknown", "UNKNOWN"
		v.What, v.Detail = "the state cannot be read", words.Visible(err.Error())
		v.At = at(time.Now())
		return v
	}
	findings := words.Findings(st)
	v.Level, v.Word = levelClass(findings[0].Level), findings[0].Level.String()
	v.What, v.Detail = findings[0].What, findings[0].Detail
	for _, f := range findings[1:] {
		v.More = append(v.More, furtherView{levelClass(f.Level), f.Level.String(), f.What, f.Detail})
	}
	v.At, v.Known = at(st.Time), true
	samples := s.history.all()
	untilNow := upTo(samples, st)
	v.Facts, v.Spool = facts(st), spoolMeter(&st.Spool)
	v.Local = localView(st, untilNow)
	for i := range st.Relays {
		v.Relays = append(v.Relays, relayView(st, i, untilNow))
	}
	for i := range st.Streams {
		v.Streams = append(v.Streams, viewStream(st, &st.Streams[i], samples))
	}
	for i := range st.Listeners {
		v.Listeners = append(v.Listeners, viewListener(&st.Listeners[i]))
	}
	v.Collected, v.Senders = viewCollector(st)
	return v
}

func levelClass(l words.Level) string { return strings.ToLower(l.String()) }

func at(t time.Time) moment {
	return moment{t.In(localtime.Zone()).Format("15:04:05 MST"), t.Format(time.RFC3339)}
}

// facts are the rows of the page that are neither figures nor plots.
func facts(st *status.Status) []fact {
	d := &st.Delivery
	who := fact{Name: "Delivered by", Text: "nobody at the moment"}
	if d.Running {
		who.Text = "a process that an intake has started"
		if d.Service {
			who.Text = "the system service"
		}
		who.Note = process(st)
	}
	all := []fact{who}
	if d.Config != "" {
		c := fact{Name: "Configuration", Text: d.Config}
		if !d.Loaded.IsZero() {
			c.Note = "loaded " + words.Age(st.Time.Sub(d.Loaded)) + " ago"
		}
		if d.Rejected != "" {
			c.Note += "; the file as it is now was rejected"
		}
		all = append(all, c)
	}
	return append(all, fact{Name: "State", Text: string(st.StateDir)})
}

// process is what is known of the process that delivers.
func process(st *status.Status) string {
	d := &st.Delivery
	known := []string{fmt.Sprintf("process %d", d.PID)}
	if d.Version != "" {
		known = append(known, "version "+d.Version)
	}
	if !d.Since.IsZero() {
		known = append(known, "for "+words.Age(st.Time.Sub(d.Since)))
	}
	return strings.Join(known, ", ")
}

func spoolMeter(s *status.Spool) meter {
	files := "files"
	if s.Files == 1 {
		files = "file"
	}
	m := meter{Text: fmt.Sprintf("%s in %d %s", words.Size(s.Bytes), s.Files, files)}
	if s.Max > 0 {
		m.Known = true
		m.Percent = int(min(100, (s.Bytes*100+s.Max-1)/s.Max))
		m.Text = fmt.Sprintf("%s of %s, in %d %s", words.Size(s.Bytes), words.Size(s.Max), s.Files, files)
	}
	return m
}

func localView(st *status.Status, samples []sample) consumerView {
	l := &st.Local
	v := consumerView{ID: "local", Name: "Local log", Where: l.Dir, Level: "ok", Word: "written"}
	switch {
	case l.Error != "":
		v.Level, v.Word = "failing", "not written"
		v.Error, v.ErrorWord = words.Visible(l.Error), "Error"
		v.Since = since(st, l.Since)
	case !st.Delivery.Running:
		v.Level, v.Word = "idle", "idle"
	}
	b, r := consumer(samples, func(s *sample) (point, bool) { return s.local, true })
	v.Backlog, v.Rate = consumerPlots("the local log", st, &l.Backlog, b, r)
	v.Facts = []fact{latencyFact(&l.Latency)}
	if seals := words.Seals(st); seals != "" {
		v.Facts = append(v.Facts, fact{"Seals", seals, ""})
	}
	if verified := words.Verified(st); verified != "" {
		v.Facts = append(v.Facts, fact{"Verified", verified, ""})
	}
	return v
}

func relayView(st *status.Status, i int, samples []sample) consumerView {
	r := &st.Relays[i]
	v := consumerView{ID: fmt.Sprintf("relay-%d", i), Name: r.Name, Where: strings.Join(words.Servers(r), ", else "), Level: "idle", Word: "not known"}
	switch r.State {
	case status.RelayUp:
		v.Level, v.Word = "ok", "up"
	case status.RelayDown:
		v.Level, v.Word = "waiting", "down"
	}
	if r.State != status.RelayUnknown {
		v.Since = since(st, r.Since)
	}
	if r.Error != "" {
		v.Error, v.ErrorWord = words.Visible(r.Error), "Last error"
		if !r.ErrorAt.IsZero() {
			v.Error = words.Age(st.Time.Sub(r.ErrorAt)) + " ago: " + v.Error
		}
	}
	b, rates := consumer(samples, func(s *sample) (point, bool) { p, ok := s.relays[r.Name]; return p, ok })
	v.Backlog, v.Rate = consumerPlots("relay "+r.Name, st, &r.Backlog, b, rates)
	v.Facts = []fact{
		latencyFact(&r.Latency),
		{"Accepted", words.Lines(r.Lines), ""},
		{"Repeated", words.Lines(r.Repeated), ""},
		{"Given up", words.Lines(r.GivenUp), ""},
		{"Connections broken", words.Count(r.Failures), ""},
	}
	if len(r.Streams) > 0 {
		v.Facts = append(v.Facts, fact{"Streams", strings.Join(r.Streams, ", "), ""})
	}
	return v
}

func since(st *status.Status, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return "for " + words.Age(st.Time.Sub(t))
}

func consumerPlots(of string, st *status.Status, b *status.Backlog, backlogs, rates []value) (backlog, rate plot) {
	backlog = newPlot("backlog", "Lines that wait for "+of, "lines", backlogs, st.Time, whole)
	if b.Lines > 0 {
		backlog.Note = fmt.Sprintf("%s, oldest %s", words.Size(b.Bytes), words.Age(words.Oldest(st, b)))
	}
	return backlog, newPlot("rate", "Rate of "+of, "lines/s", rates, st.Time, words.Rate)
}

func whole(v float64) string { return words.Count(uint64(v)) }

// latencyFact is how long lines take from receipt to acceptance, as far as the histogram's bounds tell.
func latencyFact(l *status.Latency) fact {
	half, ok := words.Within(l, .5)
	if !ok {
		return fact{"Median delay", "not known yet", ""}
	}
	most, _ := words.Within(l, .99)
	return fact{"Median delay", words.Bound(half), "99 %: " + words.Bound(most)}
}

func viewStream(st *status.Status, s *status.Stream, samples []sample) streamView {
	return streamView{
		Name: s.Name, Lines: words.Count(s.Lines), Size: words.Size(int64(s.Bytes)),
		Local: words.Count(s.Local), Dropped: words.Count(s.Dropped), LeftOut: words.Count(s.LeftOut),
		Cards: words.CardNumbers(s), Lost: s.Dropped > 0,
		Rate: newPlot("rate", "Rate of stream "+s.Name, "lines/s", streamRates(samples, s.Name), st.Time, words.Rate),
	}
}

// connections are those that are open, and those that may be.
func connections(l *status.Listener) string {
	if l.MaxConnections == 0 {
		return fmt.Sprint(l.Connections)
	}
	return fmt.Sprintf("%d of %d", l.Connections, l.MaxConnections)
}

func viewListener(l *status.Listener) listenerView {
	return listenerView{
		URL: l.URL, Error: words.Visible(l.Error), Messages: words.Count(l.Messages),
		Refused: refused(l.Refused), Connections: connections(l), Odd: words.Oddities(l),
	}
}

// refused lists the reasons, the most frequent first.
func refused(byReason map[string]uint64) string {
	var all []string
	for _, reason := range words.Reasons(byReason) {
		all = append(all, words.Count(byReason[reason])+" "+words.Visible(reason))
	}
	if len(all) == 0 {
		return "0"
	}
	return strings.Join(all, ", ")
}
