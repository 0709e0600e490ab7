// Package record keeps what has entered a program from outside, so that the program alone can be played again: the calls into it, what the
// functions that it called gave back and wrote into its memory, what registers of the chip read. Between those the processor does the same
// again, since it depends on nothing else.
//
//	r := record.New(64 << 20)
//	r.Checkpoint(position, boot, state, size) // from time to time: where to begin
//	r.Add(record.Call, 0x40201234, 1)         // in the order in which things happened
//	r.Write(0x3FFE8000, bytes)
//	p := r.Play(r.Before(position))           // later
//	kind, ok := p.Next()
//
// A position is the number of instructions executed since the first boot. The record is bounded: where it gets too long, checkpoints are
// taken out, so that those that stay lie wider apart, and then the oldest part goes. It belongs to one goroutine at a time.
package record
