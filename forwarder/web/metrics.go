package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"httpd-syslog/forwarder/cardnumber"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/words"
)

// collector makes metrics of a Status. Where the Status cannot be read the scrape fails, which
// Prometheus shows as up == 0; older figures would look like present ones.
type collector struct {
	reader *statusReader
	build  prometheus.Metric
}

// metricsHandler has a registry of its own, without the metrics that other packages put into the
// default one.
func metricsHandler(l *statusReader, version, commit string) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(
		&collector{l, constant(buildInfo, 1, version, commit, runtime.Version())},
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError})
}

// metric describes a metric whose values are in a Status.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func describe(name, help string, kind prometheus.ValueType, labels ...string) metric {
	return metric{prometheus.NewDesc("httpd_syslog_"+name, help, labels, nil), kind}
}

func counter(name, help string, labels ...string) metric {
	return describe(name, help, prometheus.CounterValue, labels...)
}

func gauge(name, help string, labels ...string) metric {
	return describe(name, help, prometheus.GaugeValue, labels...)
}

// constant makes a metric with a value. Labels lose bytes that are not UTF-8.
func constant(m metric, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(m.desc, m.kind, v, valid(labels)...)
}

func valid(labels []string) []string {
	all := make([]string, len(labels))
	for i, l := range labels {
		all[i] = strings.ToValidUTF8(l, "\uFFFD")
	}
	return all
}

var (
	buildInfo  = gauge("build_info", "Always 1; the labels say what was built.", "version", "commit", "goversion")
	delivering = gauge("delivering", "Whether somebody delivers what is in the spool.")
	isService  = gauge("service", "Whether it is the system service that delivers.")

	streamLines   = counter("stream_lines_total", "Lines taken in and spooled.", "stream")
	streamBytes   = counter("stream_bytes_total", "Bytes of the lines taken in, with their ends.", "stream")
	streamDropped = counter("stream_dropped_lines_total", "Lines dropped on being taken in, for want of room in memory or in the spool.", "stream")

	cardNumbers = counter("card_numbers_total", "Card numbers in lines, as far as events have told, at the first one and then hourly; action is stored, in clear, or truncated.", "stream", "network", "action")

	localLines   = counter("local_log_lines_total", "Lines in the local log.", "stream")
	localBytes   = counter("local_log_bytes_total", "Bytes of the lines in the local log.", "stream")
	localLeftOut = counter("local_log_left_out_lines_total", "Lines left out of the local log because the disk was full; every server has them.", "stream")
	localUp      = gauge("local_log_up", "Whether the local log can be written.")
	localWaiting = newBacklogMetrics("local_log", "the local log")
	localLatency = histogram("local_log_delivery_seconds", "Time from taking lines in to their being in the local log.")

	sealsMade = counter("seals_total", "Seals made of lines and files.")
	sealAge   = gauge("seal_age_seconds", "For how long the first line that is not sealed has waited for its seal; 0 where all are.")

	verifyFindings = gauge("verify_findings", "What the last daily check of the local files has found and nothing explains.")
	verifyStatus   = gauge("verify_exit_status", "Exit status of that check: 0 nothing, 1 findings, 2 not all could be checked.")
	verifyRun      = gauge("verify_last_run_timestamp_seconds", "When it ended; 0 where there was none.")
	verifyGood     = gauge("verify_last_good_timestamp_seconds", "When the last one ended that found nothing; 0 where there was none.")

	rotatedFiles  = gauge("rotated_files", "Rotated files of the local log.")
	rotatedBytes  = gauge("rotated_bytes", "Size of the rotated files.")
	rotatedOldest = gauge("rotated_oldest_timestamp_seconds", "When the oldest of the rotated files was rotated; 0 where there are none.")
	rotatedFailed = gauge("rotated_failed_files", "Rotated files that cannot be compressed or removed.")

	relayDelay    = gauge("relay_delay_seconds", "For how long a line may wait for others that go into the same entry of a store; 0 for other servers.", "relay")
	relayUp       = gauge("relay_up", "Whether the relay's server can be reached.", "relay")
	relayWaiting  = newBacklogMetrics("relay", "the relay", "relay")
	relayLines    = counter("relay_lines_total", "Lines that the relay's servers have accepted, repeated ones included.", "relay")
	relayRepeated = counter("relay_repeated_lines_total", "Lines sent again after a break though they had been accepted.", "relay")
	relayGivenUp  = counter("relay_given_up_lines_total", "Lines that the relay's servers will never get, given up for want of room in the spool.", "relay")
	relayFailures = counter("relay_failures_total", "Connections of the relay that failed or broke.", "relay")
	relayLatency  = histogram("relay_delivery_seconds", "Time from taking lines in to their being accepted by the relay's server.", "relay")

	spoolBytes    = gauge("spool_bytes", "Size of the spool.")
	spoolFiles    = gauge("spool_files", "Files in the spool.")
	spoolWritable = gauge("spool_writable", "Whether all who take lines in can write them to the spool; 0: lines are in memory.")
	spoolUnread   = gauge("spool_unreadable_files", "Files in the spool that cannot be read or are not understood.")
	spoolStrange  = gauge("spool_unconfigured_streams", "Streams of which lines wait because the configuration does not have them.")
	spoolDamages  = counter("spool_damages_total", "Places of the spool that were damaged and passed over.")
	spoolDamaged  = counter("spool_damaged_bytes_total", "Bytes of the spool that were damaged and passed over.")
	diskFree      = gauge("disk_free_bytes", "What is left of the disk of the state directory and of the local log.", "disk")
	diskSize      = gauge("disk_size_bytes", "Size of the disk of the state directory and of the local log.", "disk")
	trouble       = gauge("trouble", "1 for each thing that fails again and again and delivery goes on without.", "what")
	relayAside    = counter("relay_aside_messages_total", "Messages that no server of the relay took, whatever was cut off, and that were set aside.", "relay")
	relayRefused  = counter("relay_refused_messages_total", "Messages that a server of the relay did not take as they were.", "relay")
	localFound    = gauge("local_log_found_files", "Files of the local log that were not as recorded, until somebody acknowledges it.")
	localHeld     = gauge("local_log_held_files", "Files of the local log that cannot be written while the others are.")

	spoolMax = gauge("spool_max_bytes", "Size at which the spool is full; 0 where there is no limit or it is not known.")

	listenerUp          = gauge("listener_up", "Whether the listener listens.", "listener")
	listenerMessages    = counter("listener_messages_total", "Messages taken in.", "listener")
	listenerRefused     = counter("listener_refused_total", "Messages refused.", "listener", "reason")
	listenerMalformed   = counter("listener_malformed_total", "Messages taken in that were not quite in their format.", "listener")
	listenerContinued   = counter("listener_continued_total", "Second lines of messages, taken in with the header of the first.", "listener")
	listenerCut         = counter("listener_cut_total", "Messages taken in that were cut, or broken off.", "listener")
	listenerCutBytes    = counter("listener_cut_bytes_total", "Bytes that were cut off messages, as far as they are known.", "listener")
	listenerConnections = gauge("listener_connections", "Connections that are open.", "listener")
	listenerMax         = gauge("listener_max_connections", "Connections that may be open; 0 where there are none.", "listener")
	listenerClosed      = counter("listener_closed_total", "Connections that were closed: idle for too long, to make room, or too long a message announced.", "listener")
	listenerTurnedAway  = counter("listener_turned_away_total", "Connections that were turned away for want of room.", "listener")
	listenerCertificate = gauge("listener_certificate_expiry_timestamp_seconds", "When the listener's certificate expires.", "listener")
	clientCertificate   = gauge("client_certificate_expiry_timestamp_seconds", "When the certificate of a client expires that has proved its name since the listener was opened: of the 50 that expire first.", "listener", "client")
	listenerUntrusted   = counter("listener_untrusted_total", "Connections that were closed for want of a handshake of TLS that ended well.", "listener")

	configLoaded = gauge("config_last_load_successful", "Whether the configuration file as it is now is in force.")
	configTime   = gauge("config_last_load_success_timestamp_seconds", "When the configuration in force was loaded.")
)

// backlogMetrics are what waits for a consumer.
type backlogMetrics struct{ lines, bytes, oldest metric }

func newBacklogMetrics(prefix, of string, labels ...string) backlogMetrics {
	return backlogMetrics{
		gauge(prefix+"_backlog_lines", "Lines that wait for "+of+".", labels...),
		gauge(prefix+"_backlog_bytes", "Bytes of the spool that wait for "+of+".", labels...),
		gauge(prefix+"_backlog_oldest_seconds", "Age of the oldest line that waits for "+of+"; 0 where none does.", labels...),
	}
}

func histogram(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("httpd_syslog_"+name, help, labels, nil)
}

// Describe sends nothing: streams and relays come and go with the configuration.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

var errStatus = prometheus.NewDesc("httpd_syslog_status", "Not a metric: why there are none.", nil, nil)

// Collect makes the metrics of the Status as it is now.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	st, err := c.reader.get(context.Background())
	if err != nil {
		out <- prometheus.NewInvalidMetric(errStatus, errors.New("read the state: "+words.Visible(err.Error())))
		return
	}
	out <- c.build
	m := emitter{st, out}
	m.process()
	m.streams()
	m.local()
	m.collected()
	m.relays()
	m.listeners()
}

// emitter sends the metrics of one Status.
type emitter struct {
	st  *status.Status
	out chan<- prometheus.Metric
}

func (e emitter) send(m metric, v float64, labels ...string) { e.out <- constant(m, v, labels...) }

func (e emitter) process() {
	d := &e.st.Delivery
	e.send(delivering, oneIf(d.Running))
	e.send(isService, oneIf(d.Running && d.Service))
	e.send(configLoaded, oneIf(d.Rejected == ""))
	if !d.Loaded.IsZero() {
		e.send(configTime, float64(d.Loaded.UnixNano())/float64(time.Second))
	}
	e.send(spoolBytes, float64(e.st.Spool.Bytes))
	e.send(spoolFiles, float64(e.st.Spool.Files))
	e.send(spoolMax, float64(e.st.Spool.Max))
	e.spool()
}

// spool sends the metrics of the spool.
func (e emitter) spool() {
	s := &e.st.Spool
	e.send(spoolWritable, oneIf(!s.Unwritable))
	e.send(spoolUnread, float64(s.Unread))
	e.send(spoolStrange, float64(len(s.Strange)))
	e.send(spoolDamages, float64(s.Damage.Places))
	e.send(spoolDamaged, float64(s.Damage.Bytes))
	for name, d := range map[string]status.Disk{"state": s.Disk, "log": e.st.Local.Disk} {
		if d.Size > 0 {
			e.send(diskFree, float64(d.Free), name)
			e.send(diskSize, float64(d.Size), name)
		}
	}
	for i := range e.st.Troubles {
		e.send(trouble, 1, e.st.Troubles[i].What)
	}
}

func (e emitter) streams() {
	for i := range e.st.Streams {
		s := &e.st.Streams[i]
		e.send(streamLines, float64(s.Lines), s.Name)
		e.send(streamBytes, float64(s.Bytes), s.Name)
		e.send(streamDropped, float64(s.Dropped), s.Name)
		e.send(localLines, float64(s.Local), s.Name)
		e.send(localBytes, float64(s.LocalB), s.Name)
		e.send(localLeftOut, float64(s.LeftOut), s.Name)
		e.cards(s.Name, "stored", s.Stored)
		e.cards(s.Name, "truncated", s.Truncated)
	}
}

// cards sends those of all networks, so that the first number is an increase.
func (e emitter) cards(stream, action string, n map[string]uint64) {
	for _, network := range cardnumber.Networks() {
		e.send(cardNumbers, float64(n[network.String()]), stream, network.String(), action)
	}
}

func (e emitter) local() {
	l := &e.st.Local
	e.send(localUp, oneIf(l.Error == ""))
	e.send(localFound, float64(len(l.Found)))
	e.send(localHeld, float64(len(l.Held)))
	e.backlog(localWaiting, &l.Backlog)
	e.latency(localLatency, &l.Latency)
	seals := cmp.Or(l.Seals, &status.Seals{})
	e.send(sealsMade, float64(seals.Count))
	e.send(sealAge, seals.Age(e.st.Time).Seconds())
	e.verified()
	e.send(rotatedFiles, float64(l.Rotated.Files))
	e.send(rotatedBytes, float64(l.Rotated.Bytes))
	e.send(rotatedOldest, unixTime(l.Rotated.Oldest))
	e.send(rotatedFailed, float64(l.Rotated.Failed))
}

// verified sends what came of the last daily check.
func (e emitter) verified() {
	v := cmp.Or(e.st.Verified, &statedir.Verified{})
	e.send(verifyFindings, float64(v.Findings))
	e.send(verifyStatus, float64(v.Exit))
	e.send(verifyRun, unixTime(v.At))
	e.send(verifyGood, unixTime(v.Good))
}

// unixTime is a time in seconds since 1970; 0: there is none.
func unixTime(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix())
}

func (e emitter) relays() {
	for i := range e.st.Relays {
		r := &e.st.Relays[i]
		e.send(relayDelay, r.Delay.Seconds(), r.Name)
		e.send(relayUp, oneIf(r.State == status.RelayUp), r.Name)
		e.backlog(relayWaiting, &r.Backlog, r.Name)
		e.send(relayLines, float64(r.Lines), r.Name)
		e.send(relayRepeated, float64(r.Repeated), r.Name)
		e.send(relayGivenUp, float64(r.GivenUp), r.Name)
		e.send(relayFailures, float64(r.Failures), r.Name)
		e.send(relayRefused, float64(r.Refused), r.Name)
		e.send(relayAside, float64(r.Aside), r.Name)
		e.latency(relayLatency, &r.Latency, r.Name)
	}
}

func (e emitter) listeners() {
	for i := range e.st.Listeners {
		l := &e.st.Listeners[i]
		e.send(listenerUp, oneIf(l.Error == ""), l.URL)
		e.send(listenerMessages, float64(l.Messages), l.URL)
		e.send(listenerMalformed, float64(l.Malformed), l.URL)
		e.send(listenerContinued, float64(l.Continued), l.URL)
		e.send(listenerCut, float64(l.Cut), l.URL)
		e.send(listenerCutBytes, float64(l.CutBytes), l.URL)
		e.send(listenerConnections, float64(l.Connections), l.URL)
		e.send(listenerMax, float64(l.MaxConnections), l.URL)
		e.send(listenerClosed, float64(l.Closed), l.URL)
		e.send(listenerTurnedAway, float64(l.TurnedAway), l.URL)
		e.send(listenerUntrusted, float64(l.Untrusted), l.URL)
		if !l.Until.IsZero() {
			e.send(listenerCertificate, unixTime(l.Until), l.URL)
		}
		for _, c := range l.Clients {
			e.send(clientCertificate, unixTime(c.Until), l.URL, c.Name)
		}
		for reason, n := range l.Refused {
			e.send(listenerRefused, float64(n), l.URL, reason)
		}
	}
}

func (e emitter) backlog(m backlogMetrics, b *status.Backlog, labels ...string) {
	e.send(m.lines, float64(b.Lines), labels...)
	e.send(m.bytes, float64(b.Bytes), labels...)
	e.send(m.oldest, words.Oldest(e.st, b).Seconds(), labels...)
}

func (e emitter) latency(desc *prometheus.Desc, l *status.Latency, labels ...string) {
	buckets := make(map[float64]uint64, len(status.LatencyBounds))
	var n uint64
	for i, bound := range status.LatencyBounds {
		n += l.Counts[i]
		buckets[bound] = n
	}
	n += l.Counts[len(status.LatencyBounds)]
	e.out <- prometheus.MustNewConstHistogram(desc, n, l.Sum, buckets, valid(labels)...)
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
