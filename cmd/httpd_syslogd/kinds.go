//go:build stores

package main

import (
	"httpd-syslog/cmd/internal/stores"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/jetstream"
	"httpd-syslog/forwarder/transport/objects"
)

const name = stores.Name

// kinds are the kinds of stores that this program has.
var kinds = []*transport.Kind{jetstream.Kind, objects.Kind}
