package readback

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

// TestOptionsOfStores: the URL of a store that stands alone is one of a central server, and every other argument stays as it is.
func TestOptionsOfStores(t *testing.T) {
	for args, want := range map[string]string{
		"":                           "",
		"nats://n1":                  "--central nats://n1",
		"--json s3://audit/web /log": "--json --central s3://audit/web /log",
		"--central nats://n1":        "--central nats://n1",
		"-central nats://n1":         "-central nats://n1",
		"--seals nats://n1":          "--seals nats://n1",
		"-seals nats://n1 s3://b":    "-seals nats://n1 --central s3://b",
		"tcp://a":                    "tcp://a",
	} {
		if got := strings.Join(Options(strings.Fields(args)), " "); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
		if got := HasStore(strings.Fields(args)); got != (strings.Contains(args, "n1") || strings.Contains(args, "s3:")) {
			t.Errorf("%s has a store: %t", args, got)
		}
	}
}

// TestRead: each store is read into a directory of its own, as its relay says, and other paths stay; Remove, and an error, leave nothing.
func TestRead(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	var fetched []string
	down := errors.New("no answer")
	transport.Add(&transport.Kind{Schemes: []string{"nats"}, Fetch: func(_ context.Context, s transport.Server, o transport.Options, what transport.Fetch) ([]transport.Oddity, error) {
		fetched = append(fetched, s.Host+" "+o.Store.NATS.Stream+" "+strings.Join(what.Hosts, " "))
		if s.Host == "down" {
			return nil, down
		}
		return []transport.Oddity{{Where: s.Host, What: "odd"}}, os.WriteFile(filepath.Join(what.Dir, "a.log"), []byte(s.Host), 0o600)
	}})
	config := filepath.Join(t.TempDir(), "c.toml")
	text := ""
	for _, host := range []string{"n1", "n2", "down"} {
		text += "[[relay]]\nname = \"" + host + "\"\nservers = [\"nats://" + host + "\"]\n[relay.nats]\nstream = \"OF_" + host + "\"\n"
	}
	testbed.WriteFile(t, config, text)
	s, err := cli.Load(cli.Flags{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	what := transport.Fetch{Hosts: []string{"web1"}}
	f, err := Read(t.Context(), &s, []string{"/log", "nats://n2", "nats://n1"}, what)
	if err != nil || len(f.Paths) != 3 || f.Paths[0] != "/log" || testbed.ReadDir(t, f.Paths[1]) != "n2" || testbed.ReadDir(t, f.Paths[2]) != "n1" {
		t.Fatalf("%+v, %v", f, err)
	}
	if !slices.Equal(fetched, []string{"n2 OF_n2 web1", "n1 OF_n1 web1"}) || len(f.Oddities) != 2 || f.Oddities[1].Where != "n1" {
		t.Errorf("%q, %+v", fetched, f.Oddities)
	}
	if st, err := os.Stat(f.Paths[1]); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("others may read it: %v, %v", st, err)
	}
	f.Remove()
	for url, want := range map[string]string{
		"nats://down":  "nats://down:4222: no answer",
		"nats://other": config + " has no [[relay]] to this server",
		"nats://":      "nats://",
	} {
		if f, err := Read(t.Context(), &s, []string{"nats://n1", url}, what); err == nil || !strings.Contains(err.Error(), want) || len(f.Paths) > 1 {
			t.Errorf("%s: %+v, %v", url, f, err)
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if f, err := Read(t.Context(), nil, []string{"/log"}, what); err != nil || !slices.Equal(f.Paths, []string{"/log"}) {
		t.Errorf("no store: %+v, %v", f, err)
	}
}
