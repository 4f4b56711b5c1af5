// Package pace says how fast: Backoff how long to wait before the next attempt to connect, Pacer
// when the next messages may be sent. Both are values of one goroutine; a Backoff knows no clock.
package pace
