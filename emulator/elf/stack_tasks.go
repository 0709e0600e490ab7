package elf

import "github.com/emu8266/emu8266/emulator/board"

// etsPriorities is how many tasks the ROM's scheduler has (32 bits of a mask). Choice: as the SDK's use shows.
const etsPriorities = 32

// ets is the ROM's scheduler (ets_task, ets_post), which the SDK's libraries stand on: a task and a ring of events for each priority.
type ets struct {
	list   [etsPriorities]etsTask
	coming bool // the loop will ask for the next event
}

// etsTask is one priority. The ring lies in the program's memory.
type etsTask struct {
	fn, queue         uint32
	depth, head, used uint32
}

// Layout of an event: signal, parameter.
const etsEvent = 8

// task is ets_task(fn, priority, queue, depth).
func (v *vendorStack) task(fn, prio, queue, depth uint32) {
	if prio &= 0xFF; prio < etsPriorities {
		v.tasks.list[prio] = etsTask{fn: fn, queue: queue, depth: depth & 0xFF}
	}
}

// post is ets_post: 0, or 1 if the priority has no task or its ring is full.
func (v *vendorStack) post(prio, sig, par uint32) uint32 {
	if prio &= 0xFF; prio >= etsPriorities {
		return 1
	}
	t := &v.tasks.list[prio]
	if t.fn == 0 || t.used >= t.depth {
		return 1
	}
	at := t.queue + (t.head+t.used)%t.depth*etsEvent
	t.used++
	v.set(at, sig)
	v.set(at+4, par)
	v.schedule()
	return 0
}

// schedule has the loop run the next event when the callback under way has returned.
func (v *vendorStack) schedule() {
	if !v.tasks.coming {
		v.tasks.coming = v.g.board.Post(board.PrioEspconn, v.step)
	}
}

// step runs the task of the highest priority that has an event.
func (v *vendorStack) step() {
	v.tasks.coming = false
	for prio := etsPriorities - 1; prio >= 0; prio-- {
		t := &v.tasks.list[prio]
		if t.used == 0 {
			continue
		}
		at := t.queue + t.head*etsEvent
		t.head = (t.head + 1) % t.depth
		t.used--
		v.g.run(t.fn, at)
		break
	}
	for _, t := range v.tasks.list {
		if t.used > 0 && !v.g.halted {
			v.schedule()
			return
		}
	}
}
