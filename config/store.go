package config

import (
	"net/url"
	"strings"
	"time"

	"httpd-syslog/config/endpoint"
	"httpd-syslog/config/strict"
	"httpd-syslog/config/unit"
)

// NATS is [relay.nats]: where the entries of a relay to nats go.
type NATS struct {
	// Stream is the name of the stream, 1 to 64 of the characters A-Z a-z 0-9 _ -.
	Stream string
	// Subject is what the subjects of entries begin with: tokens of those characters with dots
	// between them, 64 at most. HOST and the relay's series come behind it.
	Subject string
	// Credentials is the file of our credentials, an absolute, clean path. Empty: none.
	Credentials string
}

// S3 is [relay.s3]: how the objects of a relay to s3 are written.
type S3 struct {
	// Endpoint is the URL of the store, without a path. Empty: that of the region.
	Endpoint string
	// Region is 1 to 64 of the characters a-z 0-9 -. Empty: from the environment.
	Region string
	// PathStyle puts the bucket into the path of requests.
	PathStyle bool
	// Lock is how objects are locked, and Days is for how long: 1 to 36,500.
	Lock LockMode
	Days int
}

// LockMode is who may end the lock of an object before its time.
type LockMode int

const (
	// Compliance: nobody.
	Compliance LockMode = iota
	// Governance: who has a permission of its own for that.
	Governance
)

var lockModes = []string{"compliance", "governance"}

// String returns m as the file has it.
func (m LockMode) String() string { return nameOf(lockModes, int(m)) }

func (n *NATS) fields() []strict.Field {
	return []strict.Field{
		strict.Key("stream", "httpd_syslog", strict.Text(&n.Stream, checkToken)),
		strict.Key("subject", "httpd_syslog", strict.Text(&n.Subject, checkSubject)),
		strict.Key("credentials", nil, file(&n.Credentials)),
	}
}

const maxDays = 36500

func (s *S3) fields() []strict.Field {
	return []strict.Field{
		strict.Key("endpoint", nil, readStoreURL(&s.Endpoint)),
		strict.Key("region", nil, strict.Text(&s.Region, checkRegion)),
		strict.Key("path_style", false, strict.Bool(&s.PathStyle)),
		strict.Key("lock", "compliance", strict.Choice(&s.Lock, lockModes)),
		strict.Key("days", 365, strict.Number(&s.Days, 1, maxDays)),
	}
}

// readStore reads the table of one kind of store; has says that a server of the relay is of that kind.
func readStore(name, schemes string, has bool, fields []strict.Field) func(strict.Value) {
	return func(v strict.Value) {
		t, ok := v.Table(name)
		if !ok {
			return
		}
		t.Read(fields)
		if !has {
			v.Failf("has no use: no server of this relay is %s (change its address, or remove the table)", schemes)
		}
	}
}

// readDelay is for stores alone: how long a line may wait for others that go into the same entry.
func readDelay(dst *time.Duration, first Endpoint) func(strict.Value) {
	switch {
	case first.IsNATS():
		return unit.Duration(dst, 0, time.Minute)
	case first.Scheme == "s3":
		return unit.Duration(dst, time.Second, time.Hour) // each object is a request that costs money
	case first.Scheme == "":
		return func(strict.Value) {} // what is wrong with the servers is reported already
	}
	return func(v strict.Value) {
		v.Failf("has no use: messages leave at once, but for nats:// and s3:// (remove it)")
	}
}

// setStoreDefaults sets those of the table of the store that the relay is to, if it is to one.
func (r *Relay) setStoreDefaults(first Endpoint) {
	switch {
	case first.IsNATS():
		r.Delay = 50 * time.Millisecond
		strict.SetDefaults(r.NATS.fields())
	case first.Scheme == "s3":
		r.Delay = 5 * time.Minute
		strict.SetDefaults(r.S3.fields())
	}
}

// checkStoreRelay tells what has no use in a relay to a store: the kind of store says how messages look.
func checkStoreRelay(t strict.Table, r *Relay) {
	if len(r.Servers) == 0 || !r.Servers[0].IsStore() {
		return
	}
	for _, key := range []string{"format", "framing", "order"} {
		if t.Has(key) {
			t.At(key).Failf("has no use: nats:// and s3:// have RFC 5424 in a form of their own, and any server of a cluster will do (remove it)")
		}
	}
	if r.Servers[0].Scheme == "s3" && len(r.Servers) > 1 {
		t.At("servers").Failf("has %d buckets (1; give each other one a relay of its own)", len(r.Servers))
	}
}

const maxToken = 64

// isToken reports whether s can be a name of a stream, or a part of a subject, without quotes anywhere.
func isToken(s string) bool {
	return s != "" && len(s) <= maxToken && strict.Plain(s) && !strings.Contains(s, ".")
}

func checkToken(s string) string {
	if !isToken(s) {
		return "is not the name of a stream (1 to 64 of the characters A-Z a-z 0-9 _ -)"
	}
	return ""
}

func checkSubject(s string) string {
	for token := range strings.SplitSeq(s, ".") {
		if !isToken(token) || len(s) > maxToken {
			return "is not a subject (1 to 64 of the characters A-Z a-z 0-9 _ - in parts with a dot between two; HOST and a name come behind it)"
		}
	}
	return ""
}

func checkRegion(s string) string {
	if s != "" && (!isToken(s) || strings.ToLower(s) != s) {
		return "is not a region (such as eu-central-1)"
	}
	return ""
}

// readStoreURL does not quote what may have a key in it.
func readStoreURL(dst *string) func(strict.Value) {
	return func(v strict.Value) {
		if s, ok := v.Text(); ok && strings.Contains(s, "@") {
			v.Failf("has a user or a key, which has no place here (they come from the environment, or from files of the AWS tools; write https://HOST:PORT)")
			return
		}
		strict.Text(dst, checkStoreURL)(v)
	}
}

// checkStoreURL takes http for stores in a network of one's own: requests are signed all the same.
func checkStoreURL(s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.Host == "" {
		return "is not the URL of a store (write https://HOST:PORT, without a path)"
	}
	host := u.Hostname()
	if err := endpoint.CheckHost(host); err != nil && !endpoint.IsIPv6(host) {
		return "is not the URL of a store (write https://HOST:PORT, without a path)"
	}
	return ""
}
