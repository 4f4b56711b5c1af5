package config

import (
	"reflect"
	"testing"
	"time"
)

// TestPackagedFile: the file that the packages install says nothing but the
// defaults, apart from the socket that is systemd's, that there are seals, and that card numbers are truncated:
// what was there before an upgrade keeps its file, and nothing of it is altered.
func TestPackagedFile(t *testing.T) {
	got, err := Load("../packaging/httpd_syslog.toml")
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Seal.Every = time.Minute
	want.Listen = []Listen{{Scheme: "unixgram", Path: "/run/httpd-syslog/log"}}
	want.CardNumbers.Action = Truncate
	if !reflect.DeepEqual(got, want) {
		t.Errorf("packaged:\n%+v\nwant:\n%+v", got, want)
	}
}
