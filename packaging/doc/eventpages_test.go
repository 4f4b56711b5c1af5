package doc_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/event"
)

//go:generate go test -run TestEveryEventHasItsLine -update

var update = flag.Bool("update", false, "write the pages that are made from the table of events")

const (
	eventPage   = "packaging/doc/events.md"
	eventManual = "packaging/man/httpd_syslog-events.7"
)

// TestEveryEventHasItsLine: events.md and httpd_syslog-events(7) have each kind of event, with its severity and
// keys, as the table has them: they are made from it.
func TestEveryEventHasItsLine(t *testing.T) {
	for path, page := range map[string]string{eventPage: eventMarkdown(), eventManual: eventMdoc()} {
		if *update {
			if err := os.WriteFile(filepath.Join(tree, path), []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if read(t, path) != page {
			t.Errorf("%s is not as the table of events has it: go generate ./packaging/doc", path)
		}
	}
	rows := tablesOf(t, eventPage)
	for _, k := range event.Kinds() {
		if !slices.ContainsFunc(rows, func(row []string) bool {
			return strings.Trim(row[0], "`") == k.Code && strings.HasPrefix(row[2], k.Severity.String())
		}) {
			t.Errorf("events.md has no row for %s at %s", k.Code, k.Severity)
		}
	}
}

// key is one in a sentence.
var key = regexp.MustCompile(`\{[a-z_]+\}`)

// sentenceOf is a kind's sentence with keys in capitals.
func sentenceOf(k *event.Kind) string {
	return key.ReplaceAllStringFunc(k.Sentence, func(s string) string { return strings.ToUpper(strings.Trim(s, "{}")) })
}

// accounts are what numbers account for, in words.
var accounts = map[event.Account]string{
	event.Lost:        "lost everywhere",
	event.LostToRelay: "lost to that relay",
	event.LeftOut:     "left out of local files",
	event.Cut:         "cut",
	event.CutByRelay:  "cut by that relay",
	event.Missing:     "missing at the collector",
	event.Given:       "given so far",
	event.Begun:       "a writer begins",
	event.Ended:       "a writer has ended",
}

// belongsTo says how a kind belongs to an incident.
func belongsTo(k *event.Kind) string {
	switch {
	case k.Begins:
		return "begins an incident"
	case k.Ends != nil:
		return "ends `" + k.Ends.Code + "`"
	case k.During != nil:
		return "belongs to `" + k.During.Code + "`"
	case k.Single:
		return "is an incident by itself"
	}
	return ""
}

func eventMarkdown() string {
	var b strings.Builder
	b.WriteString(eventIntro)
	for _, s := range event.Sections() {
		fmt.Fprintf(&b, "\n## %s\n\n", s.Title)
		if s.Intro != "" {
			b.WriteString(s.Intro + "\n\n")
		}
		b.WriteString("| code | event | severity | what it means |\n|---|---|---|---|\n")
		for _, k := range s.Kinds {
			severity := k.Severity.String()
			if k.IsTrouble() {
				severity += " t"
			}
			fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", k.Code, sentenceOf(k), severity, strings.Join(notesOf(k), "; "))
		}
	}
	b.WriteString("\n## Keys\n\n| key | what it means |\n|---|---|\n")
	meanings := event.KeyMeanings()
	for _, name := range slices.Sorted(maps.Keys(meanings)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, meanings[name])
	}
	return b.String()
}

// notesOf are what there is to say of a kind, without a full stop.
func notesOf(k *event.Kind) (notes []string) {
	for _, n := range []string{strings.TrimSuffix(k.Meaning, "."), belongsTo(k), numbersOf(k)} {
		if n != "" {
			notes = append(notes, n)
		}
	}
	return notes
}

// numbersOf says what a kind's numbers account for.
func numbersOf(k *event.Kind) string {
	if what := accounts[k.Accounts]; what != "" && k.Accounts.HasRanges() {
		return "the numbers in the block: " + what
	}
	return accounts[k.Accounts]
}

const eventIntro = "# Events\n" + `
What happens to the log is itself logged: in ` + "`audit_log`" + ` in the log directory, and at every relay with facility ` + "`syslog`" + `, tag
` + "`httpd_syslog`, MSGID `audit`, and a `sequenceId`" + ` of its own for each writer's events. The journal of the service has them too, but for seals and heartbeats. This page and
httpd_syslog-events(7) are made from the program's table of events.

Each event is a sentence for people, with a block for programs at its end. Words in capitals stand for what varies; each is a key of the block, in small letters:

    relay central: down: tls://log1:6514: connection refused; lines wait in the spool {event=relay.down incident=019ac2f4a1b9f3a1.17 relay=central server=tls://log1:6514 cause="connection refused"}

How programs read it is in [For auditors](audit.md#how-programs-read-events).

Something that fails again and again is told once when it begins, once when it is over (severity ` + "`notice`, with `over after`" + ` and how long), and in between when its
reason changes, but no oftener than each minute. Such lines have a *t* behind the severity. ` + "`status`" + ` and the metrics show them while they last.
`
