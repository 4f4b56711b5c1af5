// Package outage tells of a relay's server going down and coming up: once when an outage begins, once when it is
// over, and of another reason once in a while. An outage that has begun before the process goes on.
package outage
