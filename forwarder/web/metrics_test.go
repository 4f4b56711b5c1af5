package web

import (
	"maps"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// metrics returns what /metrics has of ours, without comments.
func metrics(t *testing.T, st status.Status) (ours []string, all string) {
	t.Helper()
	_, all = get(t, serve(t, New(Options{Status: fixed(st), Version: "0.2.0", Commit: "abc123"}))+"/metrics")
	for line := range strings.Lines(all) {
		if strings.HasPrefix(line, "httpd_syslog_") {
			ours = append(ours, strings.TrimSuffix(line, "\n"))
		}
	}
	return ours, all
}

// collected is a collector of two senders, the worse one first.
func collected() *status.Collect {
	c := &status.Collect{Error: "no space", Elsewhere: 6, Backlog: status.Backlog{Lines: 3}}
	c.Add(status.Sender{Name: "web2", Last: time.Unix(99, 0), Silent: true, SenderCounts: status.SenderCounts{Messages: 20, Repeated: 5, Altered: 1}})
	c.Add(status.Sender{Name: "web1", Last: time.Unix(98, 0), Delay: 2 * time.Second, SenderCounts: status.SenderCounts{Messages: 100, Missing: 4}})
	c.Shorten()
	c.Seals = &status.CollectSeals{N: 7, At: time.Unix(97, 0), Files: 8, Bytes: 900}
	return c
}

func TestMetrics(t *testing.T) {
	st := down(4*time.Minute, 12_345)
	st.Streams[0].Dropped, st.Streams[0].LeftOut = 3, 4
	st.Relays[0].Repeated, st.Relays[0].GivenUp = 5, 6
	st.Listeners[1].Error = "address already in use"
	l := &st.Listeners[1]
	l.Malformed, l.Continued, l.Cut, l.CutBytes, l.MaxConnections, l.Closed, l.TurnedAway, l.Untrusted = 11, 12, 13, 14, 15, 16, 17, 18
	st.Delivery.Rejected = "file:1: bad"
	st.Local.Rotated = status.Rotated{Files: 7, Bytes: 8, Oldest: time.Unix(9, 0), Failed: 2}
	st.Local.Seals = &status.Seals{Count: 41, Since: st.Time.Add(-42 * time.Second)}
	st.Verified = &statedir.Verified{At: time.Unix(11, 0), Good: time.Unix(12, 0), Findings: 43, Exit: 1}
	st.Spool.Unwritable, st.Spool.Unread, st.Spool.Strange = true, 2, []string{"x"}
	st.Spool.Damage = cursor.Damage{Places: 3, Bytes: 4000}
	st.Spool.Disk = status.Disk{Free: 10, Size: 100}
	st.Troubles = []status.Trouble{{What: "the status cannot be written"}}
	st.Relays[0].Refused, st.Relays[0].Aside = 21, 22
	st.Streams[0].Stored = cursor.CardCounts{"visa": 31}
	st.Collect = collected()
	st.Collect.Seals.Since = st.Time.Add(-44 * time.Second)
	ours, all := metrics(t, st)
	for _, want := range []string{
		`httpd_syslog_collect_up 0`,
		`httpd_syslog_collect_backlog_lines 3`,
		`httpd_syslog_collect_senders 2`,
		`httpd_syslog_collect_files_elsewhere 6`,
		`httpd_syslog_collect_last_seal_timestamp_seconds 97`,
		`httpd_syslog_collect_seal_age_seconds 44`,
		`httpd_syslog_collect_unsealed_files 8`,
		`httpd_syslog_collect_unsealed_bytes 900`,
		`httpd_syslog_collect_silent_senders 1`,
		`httpd_syslog_collect_missing 4`,
		`httpd_syslog_collect_messages_total 120`,
		`httpd_syslog_collect_repeated_total 5`,
		`httpd_syslog_collect_altered_total 1`,
		`httpd_syslog_sender_last_timestamp_seconds{sender="web2"} 99`,
		`httpd_syslog_sender_delay_seconds{sender="web1"} 2`,
		`httpd_syslog_sender_missing{sender="web1"} 4`,
		`httpd_syslog_sender_messages_total{sender="web1"} 100`,
		`httpd_syslog_sender_repeated_total{sender="web2"} 5`,
		`httpd_syslog_seals_total 41`,
		`httpd_syslog_seal_age_seconds 42`,
		`httpd_syslog_verify_findings 43`,
		`httpd_syslog_verify_exit_status 1`,
		`httpd_syslog_verify_last_run_timestamp_seconds 11`,
		`httpd_syslog_verify_last_good_timestamp_seconds 12`,
		`httpd_syslog_spool_writable 0`,
		`httpd_syslog_spool_unreadable_files 2`,
		`httpd_syslog_spool_unconfigured_streams 1`,
		`httpd_syslog_spool_damages_total 3`,
		`httpd_syslog_spool_damaged_bytes_total 4000`,
		`httpd_syslog_disk_free_bytes{disk="state"} 10`,
		`httpd_syslog_disk_size_bytes{disk="state"} 100`,
		`httpd_syslog_trouble{what="the status cannot be written"} 1`,
		`httpd_syslog_relay_refused_messages_total{relay="central"} 21`,
		`httpd_syslog_relay_aside_messages_total{relay="central"} 22`,
		`httpd_syslog_local_log_found_files 0`,
		`httpd_syslog_local_log_held_files 0`,
		`httpd_syslog_build_info{commit="abc123",goversion="` + runtime.Version() + `",version="0.2.0"} 1`,
		`httpd_syslog_delivering 1`,
		`httpd_syslog_service 1`,
		`httpd_syslog_stream_lines_total{stream="access"} 123880`,
		`httpd_syslog_stream_bytes_total{stream="error"} 12345`,
		`httpd_syslog_stream_dropped_lines_total{stream="access"} 3`,
		`httpd_syslog_local_log_lines_total{stream="audit"} 12`,
		`httpd_syslog_local_log_bytes_total{stream="audit"} 1234`,
		`httpd_syslog_local_log_left_out_lines_total{stream="access"} 4`,
		`httpd_syslog_card_numbers_total{action="stored",network="visa",stream="access"} 31`,
		`httpd_syslog_card_numbers_total{action="truncated",network="code",stream="error"} 0`,
		`httpd_syslog_local_log_up 1`,
		`httpd_syslog_local_log_backlog_lines 0`,
		`httpd_syslog_local_log_backlog_bytes 0`,
		`httpd_syslog_local_log_backlog_oldest_seconds 0`,
		`httpd_syslog_local_log_delivery_seconds_bucket{le="0.0005"} 61940`,
		`httpd_syslog_local_log_delivery_seconds_bucket{le="0.001"} 123880`,
		`httpd_syslog_local_log_delivery_seconds_bucket{le="+Inf"} 123883`,
		`httpd_syslog_local_log_delivery_seconds_sum 12.5`,
		`httpd_syslog_local_log_delivery_seconds_count 123883`,
		`httpd_syslog_rotated_files 7`,
		`httpd_syslog_rotated_bytes 8`,
		`httpd_syslog_rotated_oldest_timestamp_seconds 9`,
		`httpd_syslog_rotated_failed_files 2`,
		`httpd_syslog_relay_up{relay="central"} 0`,
		`httpd_syslog_relay_backlog_lines{relay="central"} 12345`,
		`httpd_syslog_relay_backlog_bytes{relay="central"} 2.2221e+06`,
		`httpd_syslog_relay_backlog_oldest_seconds{relay="central"} 240`,
		`httpd_syslog_relay_lines_total{relay="central"} 123880`,
		`httpd_syslog_relay_repeated_lines_total{relay="central"} 5`,
		`httpd_syslog_relay_given_up_lines_total{relay="central"} 6`,
		`httpd_syslog_relay_failures_total{relay="central"} 17`,
		`httpd_syslog_relay_delivery_seconds_bucket{relay="central",le="0.01"} 123883`,
		`httpd_syslog_spool_bytes 1.234567e+06`,
		`httpd_syslog_spool_files 2`,
		`httpd_syslog_spool_max_bytes 1e+10`,
		`httpd_syslog_listener_up{listener="unixgram:///run/httpd-syslog/log"} 1`,
		`httpd_syslog_listener_up{listener="tcp://0.0.0.0:1514"} 0`,
		`httpd_syslog_listener_messages_total{listener="tcp://0.0.0.0:1514"} 98`,
		`httpd_syslog_listener_refused_total{listener="unixgram:///run/httpd-syslog/log",reason="facility"} 7`,
		`httpd_syslog_listener_connections{listener="tcp://0.0.0.0:1514"} 3`,
		`httpd_syslog_listener_malformed_total{listener="tcp://0.0.0.0:1514"} 11`,
		`httpd_syslog_listener_continued_total{listener="tcp://0.0.0.0:1514"} 12`,
		`httpd_syslog_listener_cut_total{listener="tcp://0.0.0.0:1514"} 13`,
		`httpd_syslog_listener_cut_bytes_total{listener="tcp://0.0.0.0:1514"} 14`,
		`httpd_syslog_listener_max_connections{listener="tcp://0.0.0.0:1514"} 15`,
		`httpd_syslog_listener_closed_total{listener="tcp://0.0.0.0:1514"} 16`,
		`httpd_syslog_listener_turned_away_total{listener="tcp://0.0.0.0:1514"} 17`,
		`httpd_syslog_config_last_load_successful 0`,
		`httpd_syslog_config_last_load_success_timestamp_seconds 1.7955864e+09`,
	} {
		if !slices.Contains(ours, want) {
			t.Errorf("%s is missing; there is:\n%s", want, strings.Join(ours, "\n"))
		}
	}
	wantIn(t, all, "\ngo_goroutines ", "\nprocess_resident_memory_bytes ")
}

// TestMetricsOfNobody holds that where nobody delivers there are metrics all the same.
func TestMetricsOfNobody(t *testing.T) {
	ours, _ := metrics(t, status.Status{Time: start})
	for _, want := range []string{"httpd_syslog_delivering 0", "httpd_syslog_service 0", "httpd_syslog_spool_files 0"} {
		if !slices.Contains(ours, want) {
			t.Errorf("%s is missing; there is:\n%s", want, strings.Join(ours, "\n"))
		}
	}
	for _, m := range ours {
		if strings.HasPrefix(m, "httpd_syslog_config_last_load_success_timestamp") {
			t.Errorf("a configuration that was never loaded has a time: %s", m)
		}
	}
}

// TestMetricsOfHostileNames holds that a name cannot fail a scrape or add a metric.
func TestMetricsOfHostileNames(t *testing.T) {
	st := healthy(0)
	st.Relays[0].Name = "a\"} 1\nevil_metric 1\n\xff"
	st.Listeners[0].Refused = map[string]uint64{"\xfe": 1}
	ours, all := metrics(t, st)
	if strings.Contains(all, "\nevil_metric") {
		t.Error("a name has become a metric")
	}
	if want := `httpd_syslog_relay_up{relay="a\"} 1\nevil_metric 1\n` + "\uFFFD" + `"} 1`; !slices.Contains(ours, want) {
		t.Errorf("%s is missing; there is:\n%s", want, strings.Join(ours, "\n"))
	}
}

// TestPromtoolLikesTheMetrics asks those who set the conventions.
func TestPromtoolLikesTheMetrics(t *testing.T) {
	promtool := testbed.Need(t, "promtool")
	st := down(time.Minute, 7)
	_, all := metrics(t, st)
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(all)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// metricNames are those that a Status can have, without the suffixes of histograms.
func metricNames(t *testing.T) map[string]bool {
	t.Helper()
	st := down(time.Minute, 7)
	st.Spool.Disk.Size, st.Troubles = 1, []status.Trouble{{What: "x"}}
	st.Collect = collected()
	st.Listeners[0].Until, st.Listeners[0].Clients = st.Time, []status.Client{{Name: "web1", Until: st.Time}}
	_, all := metrics(t, st)
	names := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (httpd_syslog_\S+) (\S+)$`).FindAllStringSubmatch(all, -1) {
		names[m[1]] = true
		if m[2] == "histogram" {
			names[m[1]+"_bucket"], names[m[1]+"_sum"], names[m[1]+"_count"] = true, true, true
		}
	}
	if len(names) < 30 {
		t.Fatalf("only %d metrics: %v", len(names), slices.Sorted(maps.Keys(names)))
	}
	return names
}
