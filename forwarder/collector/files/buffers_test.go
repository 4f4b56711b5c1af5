package files

import (
	"bytes"
	"testing"
)

// TestBuffers: a longer buffer has the text, one that was given back is used again, and few are kept.
func TestBuffers(t *testing.T) {
	var all buffers
	text := all.larger(nil)
	for i, size := range sizes {
		if cap(text) != size {
			t.Fatalf("%d bytes, want %d", cap(text), size)
		}
		text = append(text, bytes.Repeat([]byte{byte('a' + i)}, cap(text)-len(text))...)
		was, next := text, all.larger(text)
		if !bytes.Equal(next, was) {
			t.Fatalf("the text behind %d bytes is another", size)
		}
		text = next
	}
	if last := sizes[len(sizes)-1]; cap(text) != last || len(all[0]) != 1 || len(all[1]) != 1 || len(all[2]) != 0 {
		t.Errorf("%d bytes; kept are %d, %d, %d", cap(text), len(all[0]), len(all[1]), len(all[2]))
	}
	kept := &all[0][0][:1][0]
	if again := all.larger(nil); &again[:1][0] != kept || len(again) != 0 || len(all[0]) != 0 {
		t.Error("the buffer that was given back is not used again")
	}
	for range 2 * spares[1] {
		if all.giveBack(make([]byte, 5, sizes[1])) != nil {
			t.Fatal("who gives a buffer back has it still")
		}
	}
	if len(all[1]) != spares[1] || len(all[1][0]) != 0 {
		t.Errorf("%d are kept", len(all[1]))
	}
	if all.giveBack(make([]byte, 0, 100)) != nil || all.giveBack(nil) != nil || len(all[0]) != 0 {
		t.Error("what is no such buffer is kept")
	}
}
