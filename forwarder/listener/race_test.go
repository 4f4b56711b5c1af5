//go:build race

package listener_test

// raced: the race detector takes several times the memory.
const raced = true
