//go:build !stores

package main

import "httpd-syslog/forwarder/transport"

const name = "httpd_syslogd"

// kinds are the kinds of stores that this program has: none; see package stores.
var kinds []*transport.Kind
