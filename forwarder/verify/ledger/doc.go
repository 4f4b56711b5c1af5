// Package ledger has what events say of lines, writers and files: which lines a seal vouches for, which
// were lost, and by what, which writers have begun and ended, which files were rotated and removed. It
// is what lines and files are held against.
//
// All is kept by host: what an event of one host says explains nothing of another. A Ledger is not
// for concurrent use; what it has may be read by several goroutines once it is complete.
package ledger
