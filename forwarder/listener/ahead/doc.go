// Package ahead is how connections read: little at a time while little comes, since there are thousands of
// them and nearly all are idle, and much where much waits: a read of some kilobytes each would cost more than
// its messages.
//
// Memory is bounded by the number of large buffers of a Pool. Who gets none reads on as before, and who sends
// nothing more holds none.
package ahead
