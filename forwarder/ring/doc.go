// Package ring is the bounded memory between taking lines in and writing them to the spool: it
// lets who reads go on while the disk stands still. An intake has one, and so has each inlet of
// syslog messages.
//
// What is in a ring dies with its process. A ring drops nothing by itself: it has no space, and
// who builds frames waits, or drops lines and counts them.
package ring
