// Package numbers knows which numbers of which writers have come to a collector: which come again, which
// are missing, and which of these somebody has explained. It is pure: it reads no file, and its clock is
// the caller's.
//
// # What is counted
//
// Lines and events of a writer have a row of numbers each, from 1. A [Row] belongs to a [Sender], so that
// nobody's numbers count for another one's. What is below the first number that was seen of a row is
// unknown, and neither known nor missing, unless the sender tells that the row has begun.
//
// # Holes
//
// Numbers that did not come, below others that did or that the sender has told of, are a hole. A hole is
//
//   - open, until it is closed by lines that come late, or explained by an event of the same sender;
//   - missing, when it has been open for the time of grace, and told. What closes it then is told too.
//
// Events overtake a backlog. So what lies above the highest number that has come is missing only when the
// row has been silent for the time of grace as well.
//
// # Bounds
//
// Senders, the rows of each and the intervals of a row are bounded ([Limits]). What is beyond is not
// counted: it is neither known nor missing, and the caller keeps the line. Rows that have ended, and of which
// nothing is missing, are forgotten after a time, and so are senders that have ended and have no row left.
package numbers
