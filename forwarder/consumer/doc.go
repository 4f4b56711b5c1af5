// Package consumer is what every reader of the spool has, the local log and the relays: a durable
// cursor, how it is brought to its end, and its health.
//
// Progress is the door between a consumer and the deliverer, which has two sides:
//
//   - The consumer makes its position durable (Commit, CommitLater, Publish, CommitDue, IsStale,
//     Secure), takes up what the deliverer wants (TakeUnwanted), and tells how it is doing
//     (SetAtEnd; Starts, Connected, Up, Down, Sent; Wrote, Failing, Files).
//   - The deliverer asks what of the spool may go (Passed, Lags, Has, Secure), wants something
//     (Hurry, AskToGiveUp), and reads how the consumer is (AtEnd, RelayHealth, LocalHealth).
//
// A position that was committed may be older than what was delivered, never newer. What lies before
// the safe point of every consumer is the deliverer's to delete.
//
// The package knows neither relays, servers nor files of the local log.
package consumer
