// Package words says in words how the delivery is doing by a status.Status: whether all is well, what
// is wrong, since when, and what to do about it. The status command, its --check, /readyz and the
// status page say the same because they all ask here.
//
// Everything in it is a pure function of the Status: ages are measured at Status.Time.
package words
