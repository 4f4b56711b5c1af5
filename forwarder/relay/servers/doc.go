// Package servers knows which of a relay's servers is connected to, and which is next.
//
// In order of preference the next server is tried when one fails, and the servers before it while
// it is in use: when one of those answers, and its connection stands for a while, the relay can go
// home to it. In random order each connection is to any of them, and stays; the server that has just
// broken is the last to be tried again. How long to wait between attempts is for the relay to say.
package servers
