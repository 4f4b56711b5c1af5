// Package measure is what benchmarks have in common: the lines, what processes use, the machine's name, and
// how figures of several rounds become one.
package measure
