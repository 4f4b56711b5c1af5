//go:build race

package testbed

// Raced: the race detector is there. It takes several times the memory.
const Raced = true
