// Package pace says how fast and how often: Backoff how long to wait before the next attempt to connect, Pacer
// when the next messages may be sent, Renewal when a session is to be ended for another one. A Backoff and a Pacer
// are values of one goroutine; a Backoff knows no clock.
package pace
