// Package refusal remembers the messages that a relay's servers were proven not to take: a List of
// the sizes that they are cut to, and a file, Aside, of messages of which no server took any part. The
// local log has all of them whole.
package refusal
