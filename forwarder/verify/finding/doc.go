// Package finding has what a check of logs has found, and how it is told: in words for people, and as
// JSON. Texts of lines are shown so that they do nothing to a terminal.
//
// The package is pure. A Report may be added to by several goroutines.
package finding
