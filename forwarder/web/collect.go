package web

import (
	"cmp"

	"httpd-syslog/forwarder/status"
)

var (
	collectUp       = gauge("collect_up", "Whether messages that are collected can be written.")
	collectWaiting  = newBacklogMetrics("collect", "the collector")
	collectAway     = gauge("collect_files_elsewhere", "Files that cannot be written, whose lines go to others that stand in for them.")
	collectSealed   = gauge("collect_last_seal_timestamp_seconds", "When the collected files were sealed last; 0 where that is not known, or no seals are made.")
	collectSealAge  = gauge("collect_seal_age_seconds", "For how long something in collected files has waited for its seal; 0 where all is sealed, or no seals are made.")
	collectLoose    = gauge("collect_unsealed_files", "Collected files that have something that waits for its seal; 0 where no seals are made.")
	collectLooseB   = gauge("collect_unsealed_bytes", "What these files have that waits for its seal.")
	collectSenders  = gauge("collect_senders", "Senders that the collector knows.")
	collectSilent   = gauge("collect_silent_senders", "Senders of which nothing was heard for too long.")
	collectMissing  = gauge("collect_missing", "Numbers of senders' lines and events that are missing, and no event says why.")
	collectMessages = counter("collect_messages_total", "Messages that the collector has written.")
	collectRepeated = counter("collect_repeated_total", "Messages that the collector has not written, since the line was there.")
	collectAltered  = counter("collect_altered_total", "Messages that the collector has written though their number was known.")

	collectUncounted = counter("collect_uncounted_total", "Messages that the collector has written beyond a bound of what is counted.")
	collectLate      = counter("collect_late_total", "Numbers that were missing, and have come.")
	collectExplained = counter("collect_explained_total", "Numbers that do not come, as events of their senders have told.")

	senderLast     = gauge("sender_last_timestamp_seconds", "When a message of the sender came last; 0 where none has. With more than 200 senders only those have series of which something is missing, or that are silent: the worst 200.", "sender")
	senderSilent   = gauge("sender_silent", "Whether nothing was heard of the sender for too long.", "sender")
	senderMissing  = gauge("sender_missing", "Numbers of the sender's lines and events that are missing.", "sender")
	senderDelay    = gauge("sender_delay_seconds", "How late the last message was, by its own time. With more than 200 senders no sender has this series.", "sender")
	senderMessages = counter("sender_messages_total", "Messages of the sender that were written. With more than 200 senders no sender has this series.", "sender")
	senderRepeated = counter("sender_repeated_total", "Messages of the sender that were not written, since the line was there. With more than 200 senders no sender has this series.", "sender")
)

// collected sends the metrics of a collector, where there is one.
func (e emitter) collected() {
	c := e.st.Collect
	if c == nil {
		return
	}
	e.send(collectUp, oneIf(c.Error == ""))
	e.backlog(collectWaiting, &c.Backlog)
	e.send(collectAway, float64(c.Elsewhere))
	seals := cmp.Or(c.Seals, &status.CollectSeals{})
	e.send(collectSealed, unixTime(seals.At))
	e.send(collectSealAge, seals.Age(e.st.Time).Seconds())
	e.send(collectLoose, float64(seals.Files))
	e.send(collectLooseB, float64(seals.Bytes))
	e.send(collectSenders, float64(c.Known))
	e.send(collectSilent, float64(c.Silent))
	e.send(collectMissing, float64(c.Missing))
	e.send(collectMessages, float64(c.Messages))
	e.send(collectRepeated, float64(c.Repeated))
	e.send(collectAltered, float64(c.Altered))
	e.send(collectUncounted, float64(c.Uncounted))
	e.send(collectLate, float64(c.Late))
	e.send(collectExplained, float64(c.Lost))
	for i := range c.Senders {
		e.sender(&c.Senders[i], c.Known <= status.MostSenders)
	}
}

// sender sends the series of a sender. A counter that is there today and not tomorrow, since others are worse, is
// none: few senders have all series, and of many those have some with which something is wrong.
func (e emitter) sender(s *status.Sender, few bool) {
	if !few && s.Missing == 0 && !s.Silent {
		return
	}
	e.send(senderLast, unixTime(s.Last), s.Name)
	e.send(senderSilent, oneIf(s.Silent), s.Name)
	e.send(senderMissing, float64(s.Missing), s.Name)
	if few {
		e.send(senderDelay, s.Delay.Seconds(), s.Name)
		e.send(senderMessages, float64(s.Messages), s.Name)
		e.send(senderRepeated, float64(s.Repeated), s.Name)
	}
}
