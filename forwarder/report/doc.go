// Package report is what events say of a period, for an auditor: what is open, and by requirement of PCI DSS
// what is shown, each statement with the events that it rests on. It says what was found, and never that
// somebody complies. The package is pure; its functions may be called by several goroutines.
package report
