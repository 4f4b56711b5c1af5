package config

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/config/endpoint"
	"httpd-syslog/config/strict"
	"httpd-syslog/forwarder/collector/pattern"
)

var update = flag.Bool("update", false, "write testdata/*.bad.txt; read them before you commit")

func load(t *testing.T, file string) *Config {
	t.Helper()
	c, err := Load(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	checkBounds(t, c)
	return c
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDefault(t *testing.T) {
	checkBounds(t, Default())
	equal(t, load(t, "defaults.good.toml"), Default())
	equal(t, load(t, "empty.good.toml"), Default())
	equal(t, Default(), &Config{
		StateDir:     "/var/lib/httpd-syslog",
		DrainTimeout: 5 * time.Second,
		Log: Log{Dir: "/var/log/httpd-syslog", MaxSize: 100_000_000, Rotate: Daily,
			KeepDays: 365, Compress: true, Mode: 0o640},
		Spool: Spool{MaxSize: 10_000_000_000, Memory: 16_000_000, Full: Drop, Sync: time.Second, MaxLine: 131072},
		Streams: []Stream{
			{Name: "access", File: "access_log", Facility: 17, Severity: 5, Tag: "httpd"},
			{Name: "error", File: "error_log", Facility: 18, Severity: 3, AutoSeverity: true, Tag: "httpd"},
		},
		Collect: Collect{
			Dir: "/var/log/httpd-syslog/central", File: pathPattern(t, "{sender}/{host}/{msgid}-{date}.log"), KeepDays: 400, Compress: true, Mode: 0o640,
			Silence: 10 * time.Minute, Grace: 15 * time.Minute,
		},
		HTTP: HTTP{Listen: "127.0.0.1:9514"},
	})
}

func pathPattern(t *testing.T, text string) pattern.Pattern {
	t.Helper()
	p, err := pattern.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRelayDefaults(t *testing.T) {
	want := Default()
	for _, url := range []string{"tcp://logs.example.com:601", "udp://192.0.2.1:514", "unix:///dev/log", "tls://logs.example.com:6514"} {
		e, err := endpoint.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		want.Relays = append(want.Relays, NewRelay(e))
	}
	equal(t, load(t, "relays.good.toml"), want)
	equal(t, want.Relays[2], Relay{
		Name: "unix-dev-log", Servers: []Endpoint{{Scheme: "unix", Path: "/dev/log"}},
		Format: RFC3164, Framing: LF, MaxMessage: 65536,
		Rewind: 10 * time.Minute, RewindBytes: 48 << 20, ConnectTimeout: 10 * time.Second,
	})
	if got := want.Relays[1].MaxMessage; got != 2048 {
		t.Errorf("max_message of udp is %d", got)
	}
}

func TestFull(t *testing.T) {
	equal(t, load(t, "full.good.toml"), &Config{
		Hostname:     "www1.example.com",
		User:         "www-data",
		StateDir:     "/srv/spool",
		Deliver:      Service,
		DrainTimeout: 90 * time.Second,
		Log:          Log{Dir: "/srv/log", MaxSize: 65536, Rotate: Weekly, Keep: 12, KeepDays: 2, KeepSize: 65536, Mode: 0o600},
		Spool:        Spool{MaxSize: 1e9, Memory: 1 << 20, Full: Block, MaxLine: 1024},
		Seal:         Seal{Every: 90 * time.Second},
		CardNumbers:  CardNumbers{Action: Truncate, Keep: Keep0And4, Except: []string{"order_id=", "#"}},
		Streams: []Stream{
			{Name: "access", File: "access_log", Facility: 23, Severity: 7, Tag: "apache"},
			{Name: "www.example.com", File: "example.log", Facility: 17, Severity: 6, AutoSeverity: true, Tag: "httpd"},
			{Name: "hosts", File: "sites/{vhost}/access_log", MaxFiles: 20, Facility: 17, Severity: 5, Tag: "httpd"},
		},
		Relays: []Relay{
			{Name: "central", Servers: []Endpoint{{Scheme: "tcp", Host: "2001:db8::1", Port: "1514"}, {Scheme: "relp+tls", Host: "logs2", Port: "2514"}},
				Format: RFC3164, Framing: LF, Streams: []string{"www.example.com", "audit"},
				MaxMessage: 576, ConnectTimeout: 250 * time.Millisecond, Rate: 5,
				TLS: TLS{CAFile: "/etc/pki/ca.pem", CRLFile: "/etc/pki/crl.pem", CertFile: "/etc/pki/cert.pem", KeyFile: "/etc/pki/key.pem",
					ServerName:  "logs.example.com",
					Fingerprint: "sha256:" + long("00112233445566778899aabbccddeeff", 2)}},
			{Name: "balanced", Servers: []Endpoint{{Scheme: "tls", Host: "logs1", Port: "6514"}, {Scheme: "tls", Host: "logs2", Port: "6514"}},
				Order: Random, Reconnect: time.Hour, StructuredData: `[token@41058 tag="a\"b" tag="c"][origin ip="192.0.2.1"]`,
				MaxMessage: 65536, Rewind: 10 * time.Minute, RewindBytes: 48 << 20, ConnectTimeout: 10 * time.Second},
			{Name: "udp", Servers: []Endpoint{{Scheme: "udp", Host: "logs", Port: "5514"}},
				MaxMessage: 65507, Rewind: 24 * time.Hour, RewindBytes: 1 << 30, ConnectTimeout: 5 * time.Minute, Rate: 20000},
			{Name: "cluster", Servers: []Endpoint{{Scheme: "nats+tls", Host: "n1", Port: "4222"}, {Scheme: "nats", Host: "2001:db8::2", Port: "5222"}},
				Order: Random, Delay: time.Minute, MaxMessage: 65536, Rewind: 10 * time.Minute, RewindBytes: 48 << 20, ConnectTimeout: 10 * time.Second,
				NATS: NATS{Stream: "LOGS", Subject: "logs.web", Credentials: "/etc/n.creds"}},
			{Name: "archive", Servers: []Endpoint{{Scheme: "s3", Host: "audit", Path: "web"}},
				Framing: LF, Delay: 10 * time.Minute, MaxMessage: 65536, Rewind: 10 * time.Minute, RewindBytes: 48 << 20, ConnectTimeout: 10 * time.Second,
				S3: S3{Endpoint: "https://store.example.com:9000", Region: "eu-central-1", PathStyle: true, Lock: Governance, Days: 3650}},
		},
		Listen: []Listen{
			{Scheme: "unixgram", Path: "/dev/log"}, {Scheme: "unix", Path: "/run/log"},
			{Scheme: "udp", Port: "514"}, {Scheme: "udp", Host: "::1", Port: "514"}, {Scheme: "tcp", Port: "1514", Collect: true}, {Scheme: "tcp", Host: "localhost", Port: "601", Connections: 5000},
			{Scheme: "relp", Port: "2514"}, {Scheme: "tls", Port: "6515", TLS: ListenTLS{CertFile: "/etc/c.pem", KeyFile: "/etc/k.pem"}},
			{Scheme: "relp+tls", Host: "::1", Port: "2514", TLS: ListenTLS{CertFile: "/etc/c.pem", KeyFile: "/etc/k.pem", ClientCAFile: "/etc/ca.pem",
				Clients: []string{"*.web.example.com", "sha256:aa" + long("0", 62)}}},
		},
		Collect: Collect{
			Dir: "/srv/central", File: pathPattern(t, "{sender}/{date}.log"), Streams: []string{"access"}, Mode: 0o600, Hosts: []string{"web1.example.com", "web2.example.com"},
			Forwarders: []string{"log2.example.com"}, Grace: time.Hour, Acknowledge: Synced,
		},
		HTTP: HTTP{Listen: "[::1]:80"},
	})
}

// TestBad holds the messages of each bad file, all of them, in order.
func TestBad(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.bad.toml")
	if len(files) == 0 {
		t.Fatal("no testdata")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Parse(filepath.Base(file), data)
			var problems strict.Errors
			if c != nil || !errors.As(err, &problems) {
				t.Fatalf("got %v, %v", c, err)
			}
			got := err.Error() + "\n"
			golden := strings.TrimSuffix(file, "toml") + "txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			if strings.Count(got, "\n") != len(problems) {
				t.Error("not one line for each problem")
			}
		})
	}
}

func TestProblemFields(t *testing.T) {
	_, err := Load("testdata/samedir.bad.toml")
	equal(t, err, strict.Errors{{
		File: "testdata/samedir.bad.toml", Line: 3, Key: "[log] dir",
		Msg: `"/srv/x" is both state_dir and dir of [log] (keep them apart)`,
	}})
	_, err = Load("testdata/syntax-unit.bad.toml")
	p := err.(strict.Errors)[0]
	if p.Line != 1 || p.Column != 19 || p.Key != "" {
		t.Errorf("got %+v", p)
	}
}

func TestLoadMissing(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.toml"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestLoadOdd has the things that are not configuration files. None of them may hang.
func TestLoadOdd(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fifo, t.TempDir(), "/dev/zero"} {
		if _, err := Load(path); err == nil || !strings.HasSuffix(err.Error(), "not a regular file") {
			t.Errorf("%s: %v", path, err)
		}
	}
	c, err := Load(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, c, Default())
}

func TestLoadLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access_log")
	if err := os.WriteFile(path, make([]byte, 10*strict.MaxFile), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path)
	if want := path + ":1:1: larger than 256KiB (is this the right file?)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestHostile has files that take the library minutes and gigabytes, or that could. The test ends
// at once, or not at all.
func TestHostile(t *testing.T) {
	const n = strict.MaxFile / 8
	for _, data := range []string{
		"a = " + strings.Repeat("[", n),
		"a = " + strings.Repeat("{a=", n),
		"a = " + strings.Repeat("{\na\n=\n", n/2),
		strings.Repeat("a.", n) + "b = 1",
		"[" + strings.Repeat("a.", n) + "b]",
		"a = {" + strings.Repeat("a.", n) + "b = 1}",
		strings.Repeat("[[a]]\n", n),
		strings.Repeat(`"`, n),
		strings.Repeat(`\`, n),
		`"` + strings.Repeat(`\u`, n),
		"[" + strings.Repeat("x", n) + "]\n" + strings.Repeat("a=1\n", n/2),
		strings.Repeat("[a]\n", n),
		"a = [" + strings.Repeat(",", n),
		"a = [" + strings.Repeat("}", n),
		"a = {" + strings.Repeat("]", n),
		"!\n" + strings.Repeat("state_dir = 1\n", n/2),
		"!\n" + strings.Repeat("state_dir = \"\n", n/2),
	} {
		if _, err := Parse("hostile", []byte(data)); err == nil {
			t.Errorf("%.20q… is accepted", data)
		}
		Salvage([]byte(data))
	}
}

// checkBounds holds a configuration to what the doc comments say.
func checkBounds(t *testing.T, c *Config) {
	t.Helper()
	within := func(what string, n, lo, hi int64) {
		if n < lo || n > hi {
			t.Errorf("%s is %d, not from %d to %d", what, n, lo, hi)
		}
	}
	is := func(what string, ok bool) {
		if !ok {
			t.Errorf("%s: %+v", what, c)
		}
	}
	is("directories", filepath.IsAbs(c.StateDir) && filepath.IsAbs(c.Log.Dir) && c.StateDir != c.Log.Dir)
	is("clean", filepath.Clean(c.StateDir) == c.StateDir && filepath.Clean(c.Log.Dir) == c.Log.Dir)
	is("user", checkUser(c.User) == "")
	within("max_size of the spool", c.Spool.MaxSize, max(1<<20, 16*int64(c.Spool.MaxLine)), 1e18)
	is("hostname", len(c.Hostname) <= 255 && printable(c.Hostname))
	within("drain_timeout", int64(c.DrainTimeout), 0, int64(5*time.Minute))
	within("max_size", c.Log.MaxSize, 64<<10, 1<<40)
	within("rotate", int64(c.Log.Rotate), int64(Never), int64(Weekly))
	within("keep", int64(c.Log.Keep), 0, 100_000)
	within("keep_age", int64(c.Log.KeepDays), 0, 36500)
	is("keep_size", c.Log.KeepSize == 0 || c.Log.KeepSize >= c.Log.MaxSize && c.Log.KeepSize <= 1<<50)
	is("mode", c.Log.Mode&^0o775 == 0 && c.Log.Mode&0o600 == 0o600)
	within("max_line", int64(c.Spool.MaxLine), 1<<10, 1<<20)
	within("memory", c.Spool.Memory, max(1<<20, 4*int64(c.Spool.MaxLine)), 1<<30)
	within("when_full", int64(c.Spool.Full), int64(Drop), int64(Block))
	is("sync", c.Spool.Sync == 0 || c.Spool.Sync >= time.Millisecond && c.Spool.Sync <= time.Hour)
	is("streams", len(c.Streams) > 0)
	names, files := map[string]bool{"audit": true}, map[string]bool{"audit_log": true}
	for _, s := range c.Streams {
		is("name of stream", !names[s.Name] && len(s.Name) > 0 && len(s.Name) <= 32 && strict.Plain(s.Name) && s.Name[0] != '.')
		is("file of stream", !files[s.File] && checkStreamFile(s.File) == "")
		is("max_files", (s.MaxFiles > 0) == strings.Contains(s.File, hostPlace) && s.MaxFiles <= mostFiles)
		within("facility", int64(s.Facility), 0, 23)
		within("severity", int64(s.Severity), 0, 7)
		is("tag", len(s.Tag) > 0 && len(s.Tag) <= 32 && printable(s.Tag) && !strings.ContainsAny(s.Tag, ":["))
		names[s.Name], files[s.File] = true, true
	}
	within("deliver", int64(c.Deliver), int64(Auto), int64(Service))
	is("http", checkHostPort(c.HTTP.Listen) == "")
	for i, l := range c.Listen {
		again, err := ParseListen(l.String())
		again.Connections, again.TLS, again.Collect = l.Connections, l.TLS, l.Collect
		is("listen", err == nil && reflect.DeepEqual(again, l) && (l.TLS.CertFile != "") == l.UsesTLS() && (l.TLS.KeyFile != "") == l.UsesTLS() &&
			!slices.ContainsFunc(c.Listen[:i], func(o Listen) bool { return o.network() == l.network() }))
	}
	relays := map[string]bool{}
	for _, r := range c.Relays {
		is("name of relay", !relays[r.Name] && len(r.Name) > 0 && len(r.Name) <= 32 && strict.Plain(r.Name) && r.Name[0] != '.')
		relays[r.Name] = true
		within("servers", int64(len(r.Servers)), 1, 16)
		secure := false
		for i, e := range r.Servers {
			again, err := endpoint.Parse(e.String())
			is("server", err == nil && again == e && kindOf(e) == kindOf(r.Servers[0]) && !slices.Contains(r.Servers[:i], e))
			secure = secure || e.TLS()
		}
		within("rate", int64(r.Rate), 0, 10_000_000)
		is("tls", r.TLS == TLS{} || secure)
		is("key and certificate", (r.TLS.CertFile == "") == (r.TLS.KeyFile == ""))
		is("fingerprint", r.TLS.Fingerprint == "" || len(r.TLS.Fingerprint) == len("sha256:")+64)
		within("format", int64(r.Format), int64(RFC5424), int64(RFC3164))
		within("framing", int64(r.Framing), int64(OctetCounting), int64(LF))
		for _, s := range r.Streams {
			is("streams of relay", names[s])
		}
		limit := int64(1 << 20)
		if r.Servers[0].Scheme == "udp" {
			limit = 65507
		}
		within("max_message", int64(r.MaxMessage), 576, limit)
		within("rewind", int64(r.Rewind), 0, int64(24*time.Hour))
		within("rewind_bytes", r.RewindBytes, 0, 1<<30)
		within("connect_timeout", int64(r.ConnectTimeout), int64(time.Millisecond), int64(5*time.Minute))
	}
}
