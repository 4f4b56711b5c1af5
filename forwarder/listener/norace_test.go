//go:build !race

package listener_test

const raced = false
