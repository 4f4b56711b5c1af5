package cardnumber

import "golang.org/x/sys/cpu"

func init() {
	machines = append(machines, masksSSE2)
	if cpu.X86.HasAVX2 {
		machines = append(machines, masksAVX2)
	}
}
