//go:build !stores

package main

import "httpd-syslog/forwarder/transport"

// kinds are the kinds of stores that this program has: none; see storesName.
var kinds []*transport.Kind
