//go:build stores

package main

import "httpd-syslog/forwarder/transport"

// kinds are the kinds of stores that this program has.
var kinds = []*transport.Kind{}
