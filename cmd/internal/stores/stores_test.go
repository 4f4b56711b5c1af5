package stores

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/config"
)

// TestBecome: the other program is started where an argument or a relay names a store, and this one is not that. Where the
// other one is missing this one goes on; one that cannot be started is told.
func TestBecome(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	beside := filepath.Join(filepath.Dir(self), Name)
	relay := func(scheme string) config.Relay { return config.Relay{Servers: []config.Endpoint{{Scheme: scheme}}} }
	for name, tt := range map[string]struct {
		have   bool
		relays []config.Relay
		args   []string
		needed bool
	}{
		"nothing":               {false, nil, nil, false},
		"no store":              {false, []config.Relay{relay("tls")}, []string{"verify", "--seals", "/var/log", "--central=tls://h"}, false},
		"an argument":           {false, nil, []string{"verify", "nats://h/HTTPD"}, true},
		"an option's value":     {false, nil, []string{"--central=s3://bucket/web1"}, true},
		"a relay":               {false, []config.Relay{relay("tls"), relay("nats+tls")}, nil, true},
		"a relay, and it is it": {true, []config.Relay{relay("s3")}, []string{"s3://bucket"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := Become(tt.have, tt.relays, tt.args); err != nil {
				t.Errorf("without the other program: %v", err)
			}
			if err := os.WriteFile(beside, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(beside)
			err := Become(tt.have, tt.relays, tt.args)
			if needed := err != nil; needed != tt.needed || needed && !strings.Contains(err.Error(), "exec "+beside+": permission denied") {
				t.Errorf("%v", err)
			}
		})
	}
}
