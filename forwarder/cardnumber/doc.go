// Package cardnumber finds the numbers of payment cards in log lines and truncates them in
// place: the first six and the last four digits stay (PCI DSS v4.0.1, 3.4.1), the rest become
// '*'. Length and separators are kept. What a magnetic stripe holds besides (tracks) and
// verification codes, which must not be kept at all (3.3.1), go wholly.
//
// The package is pure: no I/O, no clock, no goroutines, no allocations but in Find.
//
// # What is a number
//
//  1. Digits are ASCII. Those of %XX, %25XX, \xhh and \uhhhh belong to no number, hex digits in
//     either case; but %B, 13 to 19 digits and ^ begin track 1.
//  2. 13 to 19 digits, unbroken or in groups with one separator throughout: in the groups that
//     people write with any of the separators, and with those of a URL in any groups of 4 to 8
//     digits, the last of 1 to 8. A number begins where a group does; a run above 19 is none.
//  3. The digits begin as an issuer's do, and are as many as that network uses.
//  4. Visa's old 13 digits only in groups, or within 12 bytes behind a card word.
//  5. Luhn's check digit is right. The fraction of a decimal is no number, nor is a run in a hex
//     token of 20 or more with letters, unless D and seven digits follow: that is track 2.
//
// # How it is found
//
// Nearly all bytes of a log belong to no number, so the first look is cheap: a mask of digits, made
// 64 bytes at a time by what the processor has for that, in which runs of 13 are looked for, and two runs
// of four that are at most eight bytes apart, as each form above has (candidate). Only there the
// rules are applied, forward from group to group, each group once (window). So a line without
// numbers costs some ten nanoseconds for 100 bytes, and no line can cost much.
//
// # Truncating twice
//
// Truncate is idempotent: it goes on at the four digits that stay of a number, as they may begin
// another one where none begins behind them (passRest), and takes no group for the last of a number of which stars show that it is what
// stays of another.
package cardnumber
