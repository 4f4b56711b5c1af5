package config

import (
	"reflect"
	"testing"
)

// TestPackagedFile: the file that the packages install says nothing but the
// defaults, apart from the socket that is systemd's.
func TestPackagedFile(t *testing.T) {
	got, err := Load("../packaging/httpd_syslog.toml")
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Listen = []Listen{{Scheme: "unixgram", Path: "/run/httpd-syslog/log"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("packaged:\n%+v\nwant:\n%+v", got, want)
	}
}
