// Package span has what a report keeps of many moments and numbers in little memory: runs of time without a
// silence, days, and numbers of writers' lines, each once. Pure.
package span
