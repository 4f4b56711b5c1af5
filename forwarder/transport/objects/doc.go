// Package objects keeps messages in a store that speaks S3, as objects that nobody can change or delete
// while they are locked: s3://BUCKET/PREFIX.
//
// # What accepted means
//
// An entry of a series is an object, PREFIX/HOST/ID/NNNNNNNNNNNN.log.gz, and its number counts from 1 without a gap. It is
// put with If-None-Match: *, so that a number is taken once, with its SHA-256, which the store compares, and
// with a lock of its own. Its messages are accepted when the store has answered 200.
//
// Package form has the form of an object.
//
// # What can be lost
//
// What the store loses that it has answered for. A lock keeps a version of an object, and not its name: who may
// write to the bucket can put another version before it, or a mark that it is deleted. What came first is still there,
// and Fetch reads that and tells of the rest. A store that does not know If-None-Match, and says 200 all the same, lets
// two who write to one series write over each other.
//
// The package keeps no credentials: the SDK finds them where it always does. It knows nothing of what a mark says.
package objects
