package main

import "httpd-syslog/cmd/internal/cli"

// settings are those of both programs; here they are also translated for the packages
// that deliver.
type settings struct{ cli.Settings }

func load(f cli.Flags) (settings, error) {
	s, err := cli.Load(f)
	return settings{s}, err
}
