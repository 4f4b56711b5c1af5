// Package noting adds to an incident what people know of it, its cause and what was done: as an event, by a
// log of its own in the spool, so that it gets to wherever events go, whether a service runs or not. The
// incident itself is not changed, and may be another host's.
package noting

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/statedir"
)

// MaxText is how many bytes a cause or a remedy has at most.
const MaxText = 400

// Note is what is added.
type Note struct {
	Incident string // its identity
	What     string // which incident it is, in words
	Cause    string // at least one of both
	Remedy   string
	Who      Who
}

// Who is the user who adds it.
type Who struct {
	User  string // as the environment says, which anybody can set
	UID   int    // of the process, as the kernel says
	Login string // who has logged in, as the kernel says; "none": it knows of none
}

// Caller is who has started this process. Call it before the process becomes another user.
func Caller() Who {
	w := Who{User: os.Getenv("SUDO_USER"), UID: os.Getuid(), Login: login()}
	if w.User == "" {
		w.User = nameOf(w.Login)
	}
	if w.User == "" {
		w.User = nameOf(strconv.Itoa(w.UID))
	}
	return w
}

// nobody is what the kernel has for a process that no login has started: -1.
const nobody = "4294967295"

// login is the number of the user who has logged in.
func login() string {
	b, _ := os.ReadFile("/proc/self/loginuid") // a kernel without it knows of nobody
	return loginOf(string(b))
}

func loginOf(loginuid string) string {
	id := strings.TrimSpace(loginuid)
	if id == "" || id == nobody {
		return "none"
	}
	return id
}

// nameOf is the name of a user; empty: there is none.
func nameOf(id string) string {
	u, err := user.LookupId(id)
	if err != nil {
		return ""
	}
	return u.Username
}

// Check reports what is wrong with the texts.
func (n *Note) Check() error {
	if n.Cause == "" && n.Remedy == "" {
		return errors.New("say what is known: --cause TEXT, --remedy TEXT, or both")
	}
	return errors.Join(check("--cause", n.Cause), check("--remedy", n.Remedy))
}

func check(name, text string) error {
	switch {
	case len(text) > MaxText:
		return fmt.Errorf("%s has %d bytes, and may have %d", name, len(text), MaxText)
	case !utf8.ValidString(text):
		return fmt.Errorf("%s is not UTF-8", name)
	case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("%s has a line break, or another character that cannot be printed", name)
	}
	return nil
}

var errUntold = errors.New("the note cannot be written into the spool")

// Tell tells of the note in a state directory. host is that of the event.
func (n *Note) Tell(dir statedir.Dir, host string, rules cards.Rules) error {
	log := audit.New(audit.Options{StateDir: dir, Host: host})
	defer log.Close()
	e := event.IncidentNote.With("user", n.Who.User, "what", n.What, "cause", n.Cause, "remedy", n.Remedy,
		"uid", n.Who.UID, "login", n.Who.Login, "writer", log.Writer(), "last", 0, "last_event", 1)
	e = rules.Redact(e).Of(n.Incident)
	if told, ok := event.Parse(e.String()); !ok || strings.HasSuffix(told.Get("remedy"), "…") && !strings.HasSuffix(n.Remedy, "…") || strings.HasSuffix(told.Get("cause"), "…") && !strings.HasSuffix(n.Cause, "…") {
		return errors.New("cause and remedy are too long for an event, as they stand there with their quotes: say it in fewer words")
	}
	if _, written := log.TellNow(e); !written {
		return errUntold
	}
	return nil
}
