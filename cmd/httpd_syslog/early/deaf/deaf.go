// Package deaf has the process ignore SIGTERM from the first moment at which Go lets a package do
// anything. It needs syscall alone, and by its path comes directly behind it (language
// specification, "Program initialization"). A fifth of a millisecond later package early gives
// the signal its meaning. One that comes in between is lost: a front then goes on until its input
// ends, or until Apache, which waits three seconds for its error logger, kills it. Without this
// the front would die, and nobody would read its pipe.
package deaf

import (
	"syscall"
	"unsafe"
)

func init() {
	const maskSize = 8
	ignore := [8]uintptr{1} // struct sigaction, as long as it is anywhere: SIG_IGN, and zeros
	_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGTERM), uintptr(unsafe.Pointer(&ignore)), 0, maskSize, 0, 0)
}
