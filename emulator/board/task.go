package board

import (
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/soc"
)

// ETS priorities of Post, the SDK's own.
const (
	PrioEspconn = soc.PrioEspconn // events of plain espconn connections
	PrioTLS     = soc.PrioTLS     // events of secure connections
)

// Post queues fn at one of the SDK's own ETS priorities, PrioEspconn or PrioTLS; false if 15 entries wait already.
func (b *Board) Post(prio int, fn func()) bool { return b.system().Post(prio, fn) }

// RegisterTask registers fn for user priority 0, 1 or 2 with a queue of depth entries (system_os_task). Registering
// again replaces the task and drops what waits. False if the priority or the depth is out of range.
func (b *Board) RegisterTask(prio uint8, depth int, fn func(chip.OsEvent)) bool {
	return b.system().RegisterTask(prio, depth, fn)
}

// PostTask posts e to the task of a user priority (system_os_post); false if the ring is full or nobody registered. A
// priority above 2 prints the SDK's message (oracle/espconn FINDINGS D).
func (b *Board) PostTask(prio uint8, e chip.OsEvent) bool { return b.system().PostTask(prio, e) }
