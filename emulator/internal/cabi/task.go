package cabi

import "github.com/emu8266/emu8266/emulator/chip"

// taskFunctions are those of the tasks that firmware posts events to.
var taskFunctions = map[string]Function{
	"system_os_task": {"fipi", systemOsTask},
	"system_os_post": {"iii", systemOsPost},
}

// task is one of the three tasks of system_os_task: its function, and the ring in guest memory.
type task struct {
	fn, queue  uint32
	depth      uint32
	head, tail uint32 // count up; the place in the ring is the rest
}

// Sizes of os_event_t.
const (
	eventPar  = 4
	eventSize = 8
)

func systemOsTask(s *SDK, a *Args) uint32 {
	fn, prio, queue, depth := a.u32(0), a.u8(1), a.u32(2), uint32(a.u8(3))
	if queue == 0 { // refused in the same words as no length
		depth = 0
	}
	if int(prio) >= len(s.tasks) || depth == 0 {
		return number(s.board.RegisterTask(prio, int(depth), func(chip.OsEvent) {}))
	}
	s.write(queue, depth*eventSize)
	s.kept(queue, "system_os_task", "os_event_t")
	s.tasks[prio] = task{fn: fn, queue: queue, depth: depth}
	return number(s.board.RegisterTask(prio, int(depth), func(chip.OsEvent) {
		t := &s.tasks[prio]
		at := t.queue + t.head%t.depth*eventSize
		t.head++
		s.callback(t.fn, at)
	}))
}

// systemOsPost puts the event into the ring in guest memory, where the task reads it.
func systemOsPost(s *SDK, a *Args) uint32 {
	prio, sig, par := a.u8(0), a.u32(1), a.u32(2)
	if !s.board.PostTask(prio, chip.OsEvent{Sig: sig, Par: par}) {
		return 0
	}
	t := &s.tasks[prio]
	at := t.queue + t.tail%t.depth*eventSize
	t.tail++
	s.setU32(at, sig)
	s.setU32(at+eventPar, par)
	return 1
}
