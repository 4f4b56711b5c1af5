// Package verifytest makes logs as a web server and its central server have them, with writers,
// events, seals, rotated files, repeats and losses, all by a seed; and changes them as somebody would
// who has something to hide. It is for tests alone.
package verifytest
